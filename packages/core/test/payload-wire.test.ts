import { PayloadCodec, payloads } from '@eventlane/core'
import fc from 'fast-check'
import SuperJSON from 'superjson'
import { describe, expect, it } from 'vitest'
import { Box, graph, Money, registeredSymbol, superjsonKey } from './support/portable-values.js'
import { firstDifference } from './support/same-value.js'

/** `pnpm test:properties` sets how many values each property is tried with. */
const numRuns = Number(process.env.EVENTLANE_PROPERTY_RUNS ?? 2000)

/** superjson as it is installed, with the same classes and symbols registered, and none of eventlane's extensions. */
const superjson = new SuperJSON()
superjson.registerClass(Box, { identifier: 'portable-values/Box' })
superjson.registerClass(Money, { identifier: 'portable-values/Money' })
superjson.registerSymbol(registeredSymbol, 'portable-values/registered')
const deduplicating = new SuperJSON({ dedupe: true })
deduplicating.registerClass(Box, { identifier: 'portable-values/Box' })
deduplicating.registerSymbol(registeredSymbol, 'portable-values/registered')

function readBySuperjson(text: string): unknown {
  return superjson.deserialize(JSON.parse(text))
}

/** Whether superjson itself gets a value back as it was. */
function isKeptBySuperjson(value: unknown, codec = superjson): boolean {
  try {
    return firstDifference(codec.parse(codec.stringify(value)), value) === undefined
  } catch {
    return false
  }
}

const KINDS = ['object', 'array', 'map', 'set', 'box'] as const

/** superjson keeps members of sets and keys of maps that are shared where their place happens not to matter. */
const WRITTEN = [
  ['trees', graph({ keys: superjsonKey, references: 'tree', kinds: KINDS })],
  ['shared objects', graph({ keys: superjsonKey, references: 'shared', kinds: ['object', 'array'] })],
  ['cycles', graph({ keys: superjsonKey, references: 'any', kinds: ['object', 'array'] })],
] as const
const READ = [
  ['trees', graph({ keys: superjsonKey, references: 'tree', kinds: KINDS })],
  ['shared objects', graph({ keys: superjsonKey, references: 'shared', kinds: KINDS })],
  ['cycles', graph({ keys: superjsonKey, references: 'any', kinds: KINDS })],
] as const

describe('whatever superjson itself keeps', () => {
  it.each(WRITTEN)('it reads from what eventlane writes: %s', { timeout: 600_000 }, (_, shape) => {
    let kept = 0
    fc.assert(
      fc.property(shape, (value) => {
        if (!isKeptBySuperjson(value)) return
        kept += 1
        expect(firstDifference(readBySuperjson(payloads.encode(value)), value)).toBeUndefined()
      }),
      { numRuns },
    )
    expect(kept).toBeGreaterThan(numRuns / 20)
  })

  describe.each(READ)('eventlane reads from what superjson writes: %s', (_, shape) => {
    it.each([
      ['each copy in full', superjson],
      ['each object once', deduplicating],
    ])('%s', { timeout: 600_000 }, (__, writer) => {
      let kept = 0
      fc.assert(
        fc.property(shape, (value) => {
          if (!isKeptBySuperjson(value, writer)) return
          kept += 1
          expect(firstDifference(payloads.decode(writer.stringify(value)), value)).toBeUndefined()
        }),
        { numRuns },
      )
      expect(kept).toBeGreaterThan(numRuns / 20)
    })
  })
})

describe('the text', () => {
  it('of a tree of built-in types is the one that superjson writes', { timeout: 600_000 }, () => {
    const trees = graph({ keys: superjsonKey, references: 'tree', kinds: ['object', 'array', 'map', 'set'] })
    fc.assert(
      fc.property(trees, (value) => {
        if (!isKeptBySuperjson(value)) return
        const { json, meta } = superjson.serialize(value)
        // superjson takes equal bigints and NaNs for shared objects.
        delete meta?.referentialEqualities
        expect(JSON.parse(payloads.encode(value))).toEqual(JSON.parse(JSON.stringify({ json, meta })))
      }),
      { numRuns },
    )
  })

  it.each<[what: string, value: unknown, annotation: unknown]>([
    [
      'an instance of a registered class',
      new Money(5n, 'EUR'),
      [['class', 'portable-values/Money'], { amount: ['bigint'] }],
    ],
    ['a typed array', new Uint8Array([1, 2]), [['typed-array', 'Uint8Array']]],
    [
      'a date in a set in a map',
      new Map([['a', new Set([new Date(0)])]]),
      ['map', { '0.1': ['set', { 0: ['Date'] }] }],
    ],
    ['what superjson would lose', new Error('x'), [['custom', 'eventlane:Graph']]],
  ])('names %s as superjson would', (_, value, annotation) => {
    expect(JSON.parse(payloads.encode(value))).toHaveProperty('meta.values', annotation)
  })

  it('lets superjson restore what the values of a map share with the rest', () => {
    const shared = { at: new Date(0) }
    const value = {
      first: shared,
      index: new Map<string, unknown>([
        ['a', shared],
        ['b', { inner: [shared] }],
      ]),
      total: 1n,
      again: 1n,
    }
    expect(firstDifference(readBySuperjson(payloads.encode(value)), value)).toBeUndefined()
  })

  it('writes an object that stands at many places once', () => {
    let shared: unknown = { name: 'x'.repeat(1000) }
    for (let level = 0; level < 60; level += 1) shared = [shared, shared]
    const text = payloads.encode({ shared })
    expect(text.length).toBeLessThan(20_000)
    let copy = (payloads.decode(text) as { shared: unknown }).shared
    for (let level = 0; level < 60; level += 1) {
      const [left, right] = copy as [unknown, unknown]
      expect(left).toBe(right)
      copy = left
    }
    expect(copy).toEqual({ name: 'x'.repeat(1000) })
  })

  it('can hold what looks like its own meta', () => {
    for (const value of [
      { a: 1, meta: { v: 1 } },
      { a: new Date(0), meta: { values: { a: ['Date'] }, v: 1 } },
      { json: 1, meta: { values: {}, v: 1 } },
      ['x', ',"meta":{"values":["Date"],"v":1}}'],
      { inner: { a: 1, meta: { values: ['Date'], v: 1 } } },
    ]) {
      expect(firstDifference(payloads.decode(payloads.encode(value)), value)).toBeUndefined()
    }
  })

  it('is refused where its objects were of another realm, and read where the realm has their classes', () => {
    const [sender, receiver] = [new PayloadCodec(), new PayloadCodec()]
    for (const codec of [sender, receiver]) codec.registerClass(Money, 'Money')
    expect(receiver.decode(sender.encode({ price: new Money(1n, 'EUR') }))).toEqual({
      price: new Money(1n, 'EUR'),
    })
  })
})
