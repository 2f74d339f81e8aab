import { PayloadCodec, PayloadDecodeError, payloads } from '@eventlane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { graph } from './support/portable-values.js'
import { thrownBy } from './support/thrown-by.js'

/** `pnpm test:properties` sets how many values each property is tried with. */
const numRuns = Number(process.env.EVENTLANE_PROPERTY_RUNS ?? 2000)

/** Reads or refuses a text, and nothing else. */
function readOrRefuse(text: string): unknown {
  try {
    return payloads.decode(text)
  } catch (error) {
    expect(error).toBeInstanceOf(PayloadDecodeError)
    return undefined
  } finally {
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(Object.keys(Array.prototype)).toEqual([])
    expect(Object.keys(Error.prototype)).toEqual([])
  }
}

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'length',
  'polluted',
  'a',
  '0',
  '1',
  'json',
  'nodes',
  'root',
]
const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, 1, -1, 2, 1e9, 'x', '', 'NaN', '/x/g', 'QUJD', true),
    fc.dictionary(fc.constantFrom(...NAMES), tie('node'), { noNullPrototype: false }),
    fc.array(tie('node'), { maxLength: 4 }),
  ),
})).node
const kind = fc.constantFrom(
  'leaf',
  'array',
  'set',
  'map',
  'object',
  'bare',
  'instance',
  'error',
  'custom',
  'nothing',
)
const slot = fc.oneof(fc.nat(6), tree)
const tableNode = fc.tuple(
  kind,
  fc.oneof(slot, fc.array(slot), fc.array(fc.tuple(fc.constantFrom(...NAMES), slot))),
  slot,
  slot,
)
const table = fc.record({ root: slot, nodes: fc.array(tableNode, { maxLength: 6 }) }, { requiredKeys: [] })
const type = fc.oneof(
  fc.constantFrom<unknown>(
    'Date',
    'map',
    'set',
    'undefined',
    'bigint',
    'number',
    'regexp',
    'URL',
    'Error',
    'constructor',
    '__proto__',
  ),
  fc.tuple(
    fc.constantFrom('class', 'custom', 'symbol', 'typed-array', 'constructor'),
    fc.constantFrom(
      'portable-values/Box',
      'portable-values/OutOfStock',
      'portable-values/Secret',
      'eventlane:NullPrototype',
      'eventlane:Buffer',
      'eventlane:Float64Array',
      'eventlane:InvalidDate',
      'eventlane:Graph',
      'eventlane:Symbol',
      'Uint8Array',
      'Float32Array',
      'nobody',
      'constructor',
      '__proto__',
    ),
  ),
  tree,
)
const path = fc.array(fc.constantFrom(...NAMES), { maxLength: 4 }).map((keys) => keys.join('.'))
const annotations = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(type),
    fc.tuple(type, fc.dictionary(path, tie('node'), { maxKeys: 3, noNullPrototype: true })),
    fc.dictionary(path, tie('node'), { maxKeys: 3, noNullPrototype: true }),
    tree,
  ),
})).node
const meta = fc.record(
  {
    values: annotations,
    referentialEqualities: fc.oneof(
      fc.dictionary(path, fc.array(path, { maxLength: 3 }), { noNullPrototype: true }),
      fc.tuple(fc.array(path, { maxLength: 2 }), fc.dictionary(path, fc.array(path, { maxLength: 2 }))),
      tree,
    ),
    v: fc.constantFrom(1, 1, 1, 0, 2),
  },
  { requiredKeys: ['v'] },
)

describe('decode', () => {
  it('reads or refuses whatever JSON it is given', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(fc.oneof(tree, table), fc.oneof({ weight: 9, arbitrary: meta }, tree), (json, about) => {
        readOrRefuse(JSON.stringify({ json, meta: about }))
      }),
      { numRuns },
    )
  })

  it('reads or refuses tables of objects that nobody wrote', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(table, (json) => {
        readOrRefuse(JSON.stringify({ json, meta: { values: [['custom', 'eventlane:Graph']], v: 1 } }))
      }),
      { numRuns },
    )
  })

  it('reads or refuses texts that were cut, or changed at any place', { timeout: 600_000 }, () => {
    const texts = fc.oneof(
      graph({ references: 'tree', kinds: ['object', 'array', 'map', 'set', 'bare', 'box', 'error'] }),
      graph({ references: 'any', kinds: ['object', 'array', 'map', 'set'] }),
    )
    fc.assert(
      fc.property(
        texts,
        fc.nat(),
        fc.constantFrom('', '"', '}', '[', '0', 'a', '\\', '.'),
        fc.boolean(),
        (value, at, by, cut) => {
          const text = payloads.encode(value)
          const place = at % text.length
          readOrRefuse(text.slice(0, place) + by + (cut ? '' : text.slice(place + 1)))
        },
      ),
      { numRuns },
    )
  })

  const deep = 200_000
  it.each<[what: string, text: () => string]>([
    [
      'deep nesting',
      () => `{"json":${'['.repeat(deep)}${']'.repeat(deep)},"meta":{"values":{"0":["Date"]},"v":1}}`,
    ],
    [
      'deep annotations',
      () => `{"json":[],"meta":{"values":${'["set",{"0":'.repeat(deep)}["set"]${'}]'.repeat(deep)},"v":1}}`,
    ],
    ['a long path', () => `{"json":[],"meta":{"values":{"${'0.'.repeat(deep)}":["Date"]},"v":1}}`],
    [
      'many references into a large set',
      () =>
        `{"json":{"a":{},"s":[${'0,'.repeat(deep)}0]},"meta":{"values":{"s":["set"]},"referentialEqualities":{"a":[${Array.from({ length: deep }, (_, index) => `"s.${index}"`).join()}]},"v":1}}`,
    ],
    [
      'a number where elements belong',
      () => '{"json":4000000000,"meta":{"values":[["typed-array","Float64Array"]],"v":1}}',
    ],
    [
      'a cycle of custom values',
      () =>
        '{"json":{"root":0,"nodes":[["custom","portable-values/Secret",0]]},"meta":{"values":[["custom","eventlane:Graph"]],"v":1}}',
    ],
  ])('does not hang or overflow on %s', (_, text) => {
    readOrRefuse(text())
  })

  it.each([
    ['a path to nowhere', '{"json":{},"meta":{"values":{"a":["Date"]},"v":1}}'],
    [
      'a path through a finished value',
      '{"json":{"s":[[]]},"meta":{"values":{"s":["set"],"s.0":["set"]},"v":1}}',
    ],
    ['a path with a reserved key', '{"json":{"a":1},"meta":{"values":{"__proto__.a":["undefined"]},"v":1}}'],
    ['a reference to nowhere', '{"json":{"a":1},"meta":{"referentialEqualities":{"a":["b"]},"v":1}}'],
    [
      'a reference through a prototype',
      '{"json":{"a":1},"meta":{"referentialEqualities":{"a":["constructor.x"]},"v":1}}',
    ],
    ['an element that does not fit', '{"json":[256],"meta":{"values":[["typed-array","Uint8Array"]],"v":1}}'],
    ['an element that is no number', '{"json":["1"],"meta":{"values":[["typed-array","Uint8Array"]],"v":1}}'],
    ['no base64', '{"json":"??","meta":{"values":[["custom","eventlane:Buffer"]],"v":1}}'],
    ['a text that ends otherwise', '{"json":1]'],
    ['no date', '{"json":"yesterday","meta":{"values":["Date"],"v":1}}'],
    ['no URL', '{"json":"x","meta":{"values":["URL"],"v":1}}'],
    ['no bigint', '{"json":"1.5","meta":{"values":["bigint"],"v":1}}'],
    ['an unknown symbol', '{"json":"x","meta":{"values":[["symbol","nobody"]],"v":1}}'],
    ['an unknown annotation', '{"json":"x","meta":{"values":["nothing"],"v":1}}'],
    ['a meta of another version', '{"json":"x","meta":{"values":["Date"],"v":2}}'],
    ['no json', '{"meta":{"values":["undefined"],"v":1}}'],
  ])('refuses %s', (_, text) => {
    expect(thrownBy(() => payloads.decode(text))).toBeInstanceOf(PayloadDecodeError)
  })

  it('never writes into what a custom type of the user gave it', () => {
    const shared = { colour: 'red', inner: {} }
    const codec = new PayloadCodec()
    codec.registerCustom('constant', {
      isApplicable: (value): value is typeof shared => value === shared,
      serialize: () => null,
      deserialize: () => shared,
    })
    for (const text of [
      '{"json":{"x":{"json":null}},"meta":{"values":{"x":[["custom","constant"]],"x.colour":["undefined"]},"v":1}}',
      '{"json":{"x":{"json":null},"y":1},"meta":{"values":{"x":[["custom","constant"]]},"referentialEqualities":{"y":["x.colour"]},"v":1}}',
    ]) {
      expect(thrownBy(() => codec.decode(text))).toBeInstanceOf(PayloadDecodeError)
    }
    expect(codec.decode('{"json":{"json":null},"meta":{"values":[["custom","constant"]],"v":1}}')).toBe(
      shared,
    )
    expect(shared).toEqual({ colour: 'red', inner: {} })
  })

  it('keeps own keys of reserved names as plain data where a text is plain', () => {
    const value = payloads.decode('{"json":{"__proto__":{"polluted":1},"constructor":1}}') as object
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })
})
