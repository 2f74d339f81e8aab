import type { Benchmark } from '../benchmark.js'
import {
  base64,
  devalueCodec,
  eventlane,
  json,
  serovalCodec,
  superjsonCodec,
  v8Codec,
  type Codec,
} from '../codec/codecs.js'
import { contestsOf, DECODE, ENCODE } from '../codec/contests.js'
import { largeBuffers } from '../codec/large-buffer.js'
import { largeDocuments } from '../codec/large-document.js'
import { plainOrders } from '../codec/plain-order.js'
import { richOrders } from '../codec/rich-order.js'
import type { Metric } from '../metric.js'
import type { Ratio, Target } from '../ratio.js'
import { playRounds } from '../rounds.js'
import { atMost, below } from '../targets.js'

const others: readonly Codec[] = [devalueCodec, serovalCodec, v8Codec]

/** What an executor pays for a payload, beside what others would make of it. */
export const codec: Benchmark = {
  name: 'codec',
  title: 'Payloads: encode and decode',
  tables: [plainOrders, richOrders, largeDocuments, largeBuffers],
  notes: [
    'Only eventlane checks that what it writes can be restored, and refuses the payload otherwise. It encodes as the emitter does, with the name of the event.',
    'Encoding ends with text that is flat in memory, as sending it needs; decoding begins with text as a port delivers it. Every codec has to restore what it is measured with.',
    'Who cannot restore a payload does not take part: JSON with the rich order, JSON and superjson with the `Buffer`. `structuredClone` has no halves, so it stands beside round trips.',
    'seroval is measured by `toJSON` and `fromJSON`: its other pair evaluates the text as a program.',
    'The limit for a `Buffer` in text is its base64 conversion alone. devalue, seroval and `structuredClone` restore a `Uint8Array` in its place; what `v8.deserialize` restores is a view of the bytes that it was given.',
  ],
  peers: ['superjson', 'devalue', 'seroval'],
  run: async (settings) => {
    const measurements = await playRounds(
      [
        contestsOf(plainOrders, [eventlane, json, superjsonCodec, ...others], [eventlane, json]),
        contestsOf(richOrders, [eventlane, superjsonCodec, ...others], [eventlane]),
        contestsOf(largeDocuments, [eventlane, json, superjsonCodec, ...others], [eventlane, json]),
        contestsOf(largeBuffers, [eventlane, base64, ...others], [eventlane, base64]),
      ].flat(),
      settings,
    )
    const ratio = (
      name: string,
      { name: table }: { readonly name: string },
      { name: metric }: Metric,
      by: Codec,
      target: Target,
    ): Ratio => measurements.ratio(name, { table, metric, of: eventlane.name, by: by.name, target })
    return {
      measurements,
      ratios: [
        ratio('plainEncodeVsJson', plainOrders, ENCODE, json, atMost(1.6)),
        ratio('plainDecodeVsJson', plainOrders, DECODE, json, atMost(1.1)),
        ratio('richEncodeVsSuperjson', richOrders, ENCODE, superjsonCodec, atMost(1 / 3)),
        ratio('richDecodeVsSuperjson', richOrders, DECODE, superjsonCodec, atMost(1 / 2)),
        ratio('richEncodeVsDevalue', richOrders, ENCODE, devalueCodec, below(1)),
        ratio('richDecodeVsDevalue', richOrders, DECODE, devalueCodec, below(1)),
        ratio('largeEncodeVsJson', largeDocuments, ENCODE, json, atMost(1.6)),
        ratio('largeDecodeVsJson', largeDocuments, DECODE, json, atMost(1.1)),
        ratio('bufferEncodeVsBase64', largeBuffers, ENCODE, base64, atMost(1.3)),
        ratio('bufferDecodeVsBase64', largeBuffers, DECODE, base64, atMost(1.3)),
      ],
    }
  },
}
