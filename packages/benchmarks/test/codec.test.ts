import { describe, expect, it } from 'vitest'
import { base64, eventlane, json, superjsonCodec, type Codec } from '../src/codec/codecs.js'
import { contestsOf } from '../src/codec/contests.js'
import { largeBuffers } from '../src/codec/large-buffer.js'
import { largeDocuments } from '../src/codec/large-document.js'
import type { PayloadSet } from '../src/codec/payload-set.js'
import { plainOrders } from '../src/codec/plain-order.js'
import { richOrders } from '../src/codec/rich-order.js'

const sizesOf = ({ values }: PayloadSet<any>) => values.map((value) => JSON.stringify(value).length)

describe('payloads', () => {
  it('are as large as their titles say', () => {
    for (const size of sizesOf(plainOrders)) expect(Math.abs(size - 180)).toBeLessThan(20)
    for (const size of sizesOf(largeDocuments)) expect(Math.abs(size - 100_000)).toBeLessThan(5000)
    for (const { length } of largeBuffers.values) expect(length).toBe(1_000_000)
  })

  it.each([plainOrders, richOrders, largeDocuments, largeBuffers] as PayloadSet<any>[])(
    '$name: differ from each other',
    ({ values }) => {
      expect(new Set(values.map((value) => eventlane.encode(value))).size).toBe(values.length)
    },
  )
})

describe('contestsOf', () => {
  it('lets everybody do the same tasks, and structuredClone the round trip', () => {
    const contests = contestsOf(plainOrders, [eventlane, json], [eventlane])
    const subjects = contests.map(({ contenders }) => contenders.map(({ subject }) => subject))
    expect(subjects).toEqual([
      ['eventlane', 'JSON'],
      ['eventlane', 'JSON'],
      ['eventlane', 'structuredClone'],
    ])
  })

  it.each<[string, PayloadSet<any>, Codec]>([
    ['JSON the rich order', richOrders, { ...json, encode: (order: any) => JSON.stringify(order.items) }],
    ['superjson a buffer', largeBuffers, { ...superjsonCodec, decode: () => 'lost' }],
    ['base64 some bytes', largeBuffers, { ...base64, decode: () => Buffer.alloc(1_000_000) }],
  ])('refuses who loses something: %s', (_, set, codec) => {
    expect(() => contestsOf(set, [codec], [])).toThrow(`${codec.name} does not keep`)
  })

  it('notices when a sample does not do what was checked', async () => {
    let calls = 0
    const forgetful: Codec = {
      ...json,
      decode: (text) => (calls++ < 200 ? json.decode(text) : plainOrders.values[0]),
    }
    const [, decoding] = contestsOf(plainOrders, [forgetful], [])
    await expect(decoding?.contenders[0]?.measure(1000)).rejects.toThrow('the checksum is')
  })
})
