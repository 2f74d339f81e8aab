import type { Contender, Contest } from '../contest.js'
import type { Metric } from '../metric.js'
import { timed } from '../timed.js'
import type { Codec, Encoded } from './codecs.js'
import type { PayloadSet } from './payload-set.js'

export const ENCODE: Metric = { name: 'encode', unit: 'ns', better: 'less' }
export const DECODE: Metric = { name: 'decode', unit: 'ns', better: 'less' }
const ROUND_TRIP: Metric = { name: 'round trip', unit: 'ns', better: 'less' }

/**
 * Encoding, decoding and the round trip of a set of payloads.
 *
 * @param codecs which are to keep them; checked here, so that nobody wins by losing something
 * @param travellers those whose round trip is measured, beside `structuredClone`, which has no halves
 */
export function contestsOf<Value>(
  set: PayloadSet<Value>,
  codecs: readonly Codec[],
  travellers: readonly Codec[],
): Contest[] {
  for (const codec of codecs) checkCopies(set, codec.name, roundTripOf(codec))
  checkCopies(set, structuredClone.name, structuredClone)
  const contest = (contenders: readonly Contender[]): Contest => ({ table: set.name, contenders })
  return [
    contest(codecs.map((codec) => encoding(set, codec))),
    contest(codecs.map((codec) => decoding(set, codec))),
    contest([
      ...travellers.map((codec) => copying(set, codec.name, roundTripOf(codec))),
      copying(set, structuredClone.name, structuredClone),
    ]),
  ]
}

type Copy = (value: unknown) => unknown

const roundTripOf =
  ({ encode, decode }: Codec): Copy =>
  (value) =>
    decode(encode(value))

function checkCopies<Value>({ name, values, isKept }: PayloadSet<Value>, subject: string, copy: Copy): void {
  for (const value of values)
    if (!isKept(value, copy(value))) throw new Error(`${subject} does not keep the payloads named ${name}`)
}

function encoding<Value>({ values }: PayloadSet<Value>, { name, encode }: Codec): Contender {
  return timed({
    subject: name,
    metric: ENCODE,
    operations: values.length,
    pass: () => sum(values, (value) => witnessOfEncoded(encode(value))),
    checksum: sum(values, (value) => witnessOfEncoded(encode(value))),
  })
}

function decoding<Value>({ values, witness }: PayloadSet<Value>, { name, encode, decode }: Codec): Contender {
  const arrivals = values.map((value) => arrivalOf(encode(value)))
  return timed({
    subject: name,
    metric: DECODE,
    operations: values.length,
    pass: () => sum(arrivals, (encoded) => witness(decode(encoded) as Value)),
    checksum: sum(values, witness),
  })
}

function copying<Value>({ values, witness }: PayloadSet<Value>, subject: string, copy: Copy): Contender {
  return timed({
    subject,
    metric: ROUND_TRIP,
    operations: values.length,
    pass: () => sum(values, (value) => witness(copy(value) as Value)),
    checksum: sum(values, witness),
  })
}

/**
 * Reads one unit in the middle, for which V8 makes one flat string of the pieces that text made by `+` consists of. Who
 * sends a text needs it flat, so that work is part of writing it.
 */
function witnessOfEncoded(encoded: Encoded): number {
  const middle = encoded.length >> 1
  return encoded.length + (typeof encoded === 'string' ? encoded.charCodeAt(middle) : (encoded[middle] ?? 0))
}

/** What a port makes of it: the same, but fresh and flat. */
function arrivalOf(encoded: Encoded): Encoded {
  return structuredClone(encoded)
}

function sum<Item>(items: readonly Item[], figure: (item: Item) => number): number {
  let total = 0
  for (const item of items) total += figure(item)
  return total
}
