import type { PayloadSet } from './payload-set.js'

const COUNT = 2
/** No more: seroval takes at most this many. */
const BYTES = 1_000_000

/** A file's worth of bytes. */
export const largeBuffers: PayloadSet<Uint8Array> = {
  name: 'buffer',
  title: 'Buffer of 1 MB',
  values: Array.from({ length: COUNT }, (_, index) => randomBuffer(index + 1)),
  witness: (bytes) => bytes.length + (bytes[bytes.length >> 1] ?? 0),
  // Some give a Uint8Array in place of the Buffer; it is the bytes that they are asked to keep here.
  isKept: (value, copy) => copy instanceof Uint8Array && Buffer.compare(value, copy) === 0,
}

/** The same bytes in every run. */
function randomBuffer(seed: number): Buffer {
  let state = seed
  return Buffer.from(
    Uint8Array.from({ length: BYTES }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state >>> 24
    }),
  )
}
