import { PayloadNotPortableError, payloads } from '@eventlane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { graph, hostilePayload, type SUPERJSON_CONTAINERS } from './support/portable-values.js'
import { firstDifference } from './support/same-value.js'

/** `pnpm test:properties` sets how many values each property is tried with. */
const numRuns = Number(process.env.EVENTLANE_PROPERTY_RUNS ?? 2000)

const SHAPES: readonly (readonly [what: string, value: fc.Arbitrary<unknown>])[] = [
  ['a tree of anything', graph({ references: 'tree' })],
  [
    'a tree of built-in types',
    graph({ references: 'tree', kinds: ['object', 'array', 'bare', 'map', 'set'] }),
  ],
  ['objects at several places', graph({ references: 'shared' })],
  ['cycles', graph({ references: 'any' })],
  [
    'cycles of plain objects and collections',
    graph({
      references: 'any',
      kinds: ['object', 'array', 'map', 'set'] satisfies typeof SUPERJSON_CONTAINERS,
    }),
  ],
  ['plain JSON', fc.jsonValue().filter(hasNoReservedKey)],
]

function hasNoReservedKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(
    ([name, child]) => !['__proto__', 'constructor', 'prototype'].includes(name) && hasNoReservedKey(child),
  )
}

/** What `call` gives; a payload may be refused only because it holds a custom type inside itself. */
function accepted<Result>(call: () => Result): { readonly result: Result } | undefined {
  try {
    return { result: call() }
  } catch (error) {
    expect(error).toBeInstanceOf(PayloadNotPortableError)
    const { offences } = error as PayloadNotPortableError
    for (const { found } of offences) expect(found).toMatch(/^a cycle through instance of Secret/)
    return undefined
  }
}

describe.each(SHAPES)('whatever is accepted arrives as it was: %s', (_, shape) => {
  it('as text, which it gives again', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(shape, (value) => {
        const encoded = accepted(() => payloads.encode(value))
        if (encoded === undefined) return
        const decoded = payloads.decode(encoded.result)
        expect(firstDifference(decoded, value)).toBeUndefined()
        expect(payloads.encode(decoded)).toBe(encoded.result)
      }),
      { numRuns },
    )
  })

  it('as a copy, which has no object in common with it', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(shape, (value) => {
        const copied = accepted(() => payloads.copy(value))
        if (copied === undefined) return
        expect(firstDifference(copied.result, value)).toBeUndefined()
        expect(firstDifference(copied.result, payloads.decode(payloads.encode(value)))).toBeUndefined()
        if (typeof value === 'object' && value !== null) expect(copied.result).not.toBe(value)
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    )
  })

  it('and is not changed by it', () => {
    fc.assert(
      fc.property(shape, (value) => {
        const before = accepted(() => payloads.decode(payloads.encode(value)))
        if (before === undefined) return
        payloads.encode(value)
        expect(firstDifference(value, before.result)).toBeUndefined()
      }),
      { numRuns: Math.ceil(numRuns / 10) },
    )
  })
})

describe('whatever is not accepted', () => {
  it('is refused, with a path, and never anything else', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(hostilePayload, fc.constantFrom('encode', 'copy'), ({ value }, method) => {
        let refusal: unknown
        try {
          payloads[method](value, { event: 'hostile' })
        } catch (error) {
          refusal = error
        }
        expect(refusal).toBeInstanceOf(PayloadNotPortableError)
        const { offences, event, message } = refusal as PayloadNotPortableError
        expect(event).toBe('hostile')
        expect(offences.length).toBeGreaterThan(0)
        for (const { path } of offences) expect(message).toContain(path)
      }),
      { numRuns },
    )
  })

  it('still has a text where a handler threw it', () => {
    fc.assert(
      fc.property(hostilePayload, ({ value }) => {
        payloads.decode(payloads.encodeThrown(value))
        payloads.decode(payloads.encodeThrown(Object.assign(new Error('thrown'), { value })))
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    )
  })
})
