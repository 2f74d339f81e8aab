import { Payload } from './payload.js'

/** What travels with an emission beside its payload: a tenant, a trace, who did it. */
export type Metadata = Readonly<Record<string, unknown>>

const NO_METADATA: Metadata = Object.freeze({})

/**
 * Metadata that sets out now; `undefined` where there is none. It is checked and copied also where payloads go by reference.
 *
 * @throws PayloadNotPortableError naming the path: `metadata.tenant`
 */
export function metadataOf(metadata: Metadata | undefined, event: string): Payload | undefined {
  if (metadata === undefined) return undefined
  return Payload.of(metadata, 'copy', { event, root: 'metadata' })
}

/** A copy for one reader. */
export function readMetadata(metadata: Payload | undefined): Metadata {
  return metadata === undefined ? NO_METADATA : (metadata.read() as Metadata)
}

/** Metadata with more over it; an entry that is `undefined` there is taken away. */
export function addMetadata(
  metadata: Payload | undefined,
  added: Readonly<Record<string, string | undefined>>,
  event: string,
): Payload | undefined {
  const entries = Object.entries(added)
  if (entries.length === 0) return metadata
  const sum = new Map(Object.entries(readMetadata(metadata)))
  for (const [key, value] of entries) {
    if (value === undefined) sum.delete(key)
    else sum.set(key, value)
  }
  return sum.size === 0 ? undefined : metadataOf(Object.fromEntries(sum), event)
}

/** A copy; `undefined` where this realm cannot read it, which is for those to find out who ask for it. */
export function legibleMetadata(metadata: Payload | undefined): Metadata | undefined {
  try {
    return readMetadata(metadata)
  } catch {
    return undefined
  }
}
