import { Money, registeredSymbol, Secret } from './portable-values.js'

/** A kind of value, as the documentation lists it. */
export interface PortabilityRow {
  /** In Markdown. */
  readonly what: string
  /** In Markdown; empty where there is nothing to say. */
  readonly note: string
  readonly examples: readonly (() => unknown)[]
}

export const ACCEPTED: readonly PortabilityRow[] = [
  {
    what: 'JSON values, `undefined`, `NaN`, infinities, `-0`, `bigint`',
    note: 'also inside arrays and objects',
    examples: [
      () => ({ text: 'x', list: [1, true, null] }),
      () => undefined,
      () => [undefined, Number.NaN, Infinity, -Infinity, -0],
      () => 10n ** 30n,
    ],
  },
  {
    what: '`Date`, `RegExp`, `URL`',
    note: 'invalid dates and `lastIndex` too',
    examples: [
      () => new Date(0),
      () => new Date(Number.NaN),
      () => Object.assign(/a(?<b>c)/giu, { lastIndex: 2 }),
      () => new URL('https://example.org/?a#b'),
    ],
  },
  {
    what: '`Map`, `Set`',
    note: 'with keys of any kind, in their order',
    examples: [
      () => new Map<unknown, unknown>([[{ key: 1 }, new Set([1n, Number.NaN])]]),
      () => new Set(['b', 'a']),
    ],
  },
  {
    what: '`Buffer`, typed arrays, `ArrayBuffer`, `DataView`',
    note: 'the bytes that a view shows, not the buffer behind it; a `Buffer` takes a third of the text of a `Uint8Array`',
    examples: [
      () => Buffer.from('text'),
      () => new Uint8Array([1, 2, 255]),
      () => new Float64Array([0.5, Number.NaN, -0]),
      () => new BigInt64Array([-1n]),
      () => new ArrayBuffer(3),
      () => new DataView(new ArrayBuffer(3)),
    ],
  },
  {
    what: "errors of JavaScript's own classes",
    note: 'name, message, stack, cause, code, own fields, `AggregateError.errors`',
    examples: [
      () => Object.assign(new TypeError('x', { cause: new Date(0) }), { code: 'ERR_X', at: [1n] }),
      () => new AggregateError([new RangeError('one'), 'two'], 'both'),
    ],
  },
  {
    what: 'registered classes',
    note: '`payloads.registerClass`: own fields, on the prototype of the class',
    examples: [() => new Money(5n, 'EUR')],
  },
  {
    what: 'custom types',
    note: '`payloads.registerCustom`: by your own functions, for `#private` state',
    examples: [() => new Secret({ at: new Date(0) })],
  },
  {
    what: 'symbols of `Symbol.for`, registered symbols',
    note: '`payloads.registerSymbol`; as values, not as keys',
    examples: [() => Symbol.for('example'), () => [registeredSymbol]],
  },
  {
    what: 'objects without a prototype',
    note: '',
    examples: [() => Object.assign(Object.create(null) as object, { a: 1 })],
  },
  {
    what: 'shared references, cycles',
    note: 'through anything but a custom type',
    examples: [
      () => {
        const shared = { a: 1 }
        return new Map([[shared, new Set([shared])]])
      },
      () => {
        const error = new Error('its own cause')
        error.cause = error
        return error
      },
    ],
  },
]

export const REFUSED: readonly PortabilityRow[] = [
  { what: 'functions, classes', note: '', examples: [() => () => undefined, () => class Point {}] },
  {
    what: 'other symbols, symbol keys',
    note: '',
    examples: [() => Symbol('x'), () => Symbol.iterator, () => ({ [Symbol('key')]: 1 })],
  },
  {
    what: 'instances of classes that are not registered',
    note: 'subclasses of registered and built-in classes too',
    examples: [
      () => new (class Connection {})(),
      () => new (class Euro extends Money {})(1n, 'EUR'),
      () => new (class Timeout extends Error {})('x'),
      () => new (class Registry extends Map {})(),
    ],
  },
  {
    what: '`WeakMap`, `WeakRef`, promises, streams, iterators, `SharedArrayBuffer`',
    note: 'what they are cannot be copied',
    examples: [
      () => new WeakMap(),
      () => new WeakRef({}),
      () => Promise.resolve(),
      () => process.stdout,
      () => [].values(),
      () => new SharedArrayBuffer(1),
    ],
  },
  {
    what: 'accessors, hidden properties of objects',
    note: 'hidden properties of arrays, such as `raw` of a template, are not looked at',
    examples: [
      () => Object.defineProperty({}, 'now', { get: () => 1, enumerable: true }),
      () => Object.defineProperty({}, 'quiet', { value: 1 }),
      () => Object.defineProperty([1], 0, { get: () => 1, enumerable: true }),
    ],
  },
  {
    what: 'sparse arrays, arrays and built-in objects with properties of their own',
    note: '',
    examples: [
      () => new Array(2),
      () => Object.assign([1], { total: 1 }),
      () => Object.assign(new Date(0), { zone: 'UTC' }),
      () => Object.assign(Buffer.from('x'), { label: 1 }),
    ],
  },
  {
    what: 'the keys `__proto__`, `constructor`, `prototype`',
    note: '',
    examples: [
      () => JSON.parse('{"__proto__":1}') as unknown,
      () => ({ constructor: 1 }),
      () => ({ prototype: 1 }),
    ],
  },
  {
    what: 'more than 8 MiB of text, more than 500 levels',
    note: '`payloads.limit({ maxPayloadBytes, maxDepth })` changes that',
    examples: [
      () => 'x'.repeat(8 * 1024 * 1024),
      () => Array.from({ length: 100_000 }).reduce((inner) => [inner], []),
    ],
  },
]

/** The two lists as the documentation shows them. */
export function portabilityTables(): string {
  const table = (title: string, rows: readonly PortabilityRow[]): string =>
    [`| ${title} | |`, '| --- | --- |', ...rows.map(({ what, note }) => `| ${what} | ${note} |`)].join('\n')
  return `${table('accepted', ACCEPTED)}\n\n${table('refused', REFUSED)}`
}
