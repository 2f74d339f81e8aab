import { createHash } from 'node:crypto'

/** Of the hash of a handler's name, so many characters are enough to tell the handlers of one event apart. */
const HASH_LENGTH = 16

const hashes = new Map<string, string>()

/**
 * The id of the job of a task. It follows from the emission and the handler, so that what is handed over twice is one job.
 *
 * @param attempt which attempt, where the emitter makes them
 */
export function jobId(emission: string, handler: string, attempt: number): string {
  const id = `${emission}-${hashOf(handler)}`
  return attempt === 1 ? id : `${id}-${String(attempt)}`
}

/** The shard of a key of a handler, from 0. */
export function shardOf(handler: string, key: string, shards: number): number {
  return createHash('sha256').update(`${handler} ${key}`).digest().readUInt32BE(0) % shards
}

function hashOf(handler: string): string {
  const known = hashes.get(handler)
  if (known !== undefined) return known
  const hash = createHash('sha256').update(handler).digest('hex').slice(0, HASH_LENGTH)
  hashes.set(handler, hash)
  return hash
}
