import { performance } from 'node:perf_hooks'
import { payloads } from '@eventlane/core'
import { HOP_MS } from './work-profile.js'

/** What it takes to send a payload to a worker. */
export interface PayloadSample {
  /** Encoded, in bytes of UTF-8; `undefined` where it cannot be encoded. */
  readonly bytes: number | undefined
  /** Encoding, a message there and back, and decoding, in milliseconds. */
  readonly transferMs: number
}

/** Every payload of so many, and more of the first ones. */
const EVERY = 256
/** Beyond so many events, the others are not told apart. */
const MAX_EVENTS = 1000

/** Encodes and decodes a payload now and then, to see what it takes. */
export class PayloadSampler {
  readonly #seen = new Map<string, number>()

  /** @param read makes a copy of the payload */
  sample(event: string, read: () => unknown): PayloadSample | undefined {
    const name = this.#seen.size < MAX_EVENTS || this.#seen.has(event) ? event : ''
    const count = (this.#seen.get(name) ?? 0) + 1
    this.#seen.set(name, count)
    const isPowerOfTwo = (count & (count - 1)) === 0
    return isPowerOfTwo || count === 3 || count % EVERY === 0 ? measure(event, read) : undefined
  }
}

function measure(event: string, read: () => unknown): PayloadSample {
  try {
    const payload = read()
    const begun = performance.now()
    const text = payloads.encode(payload, { event })
    payloads.decode(text)
    const transferMs = performance.now() - begun + HOP_MS
    return { bytes: Buffer.byteLength(text), transferMs }
  } catch {
    // Passed by reference, it may be anything.
    return { bytes: undefined, transferMs: 0 }
  }
}
