import type { Metadata } from '@eventlane/core'
import type { TraceExtension } from '@eventlane/core/executor'
import { propagation, ROOT_CONTEXT, type Context, type TextMapGetter } from '@opentelemetry/api'

// Metadata is the user's as well, and what has the name of a propagator's field may be anything.
const getter: TextMapGetter<Metadata> = {
  keys: (metadata) => Object.keys(metadata),
  get: (metadata, key) => {
    const value = metadata[key]
    return typeof value === 'string' ? value : undefined
  },
}

/** Writes a context into metadata, in place of the one that an emission has from its parent. */
export function inject(context: Context, { addedMetadata }: TraceExtension): void {
  for (const field of propagation.fields()) addedMetadata[field] = undefined
  propagation.inject(context, addedMetadata)
}

/** The context that metadata holds. */
export function extract(metadata: Metadata): Context {
  return propagation.extract(ROOT_CONTEXT, metadata, getter)
}
