import { payloads } from '@eventlane/core'
import fc from 'fast-check'

/** A registered class whose instances hold anything. */
export class Box {
  [field: string]: unknown
}
payloads.registerClass(Box, 'portable-values/Box')

/** A registered class with an accessor, which a subclass has a field for. */
export class Base {
  get shade(): unknown {
    return this.constructor.name
  }
}
export class Shadow extends Base {
  constructor(shade?: unknown) {
    super()
    Object.defineProperty(this, 'shade', {
      value: shade,
      writable: true,
      configurable: true,
      enumerable: true,
    })
  }
}
payloads.registerClass(Base, 'portable-values/Base')
payloads.registerClass(Shadow, 'portable-values/Shadow')

export class Money {
  constructor(
    readonly amount: bigint,
    readonly currency: string,
  ) {}
}
payloads.registerClass(Money, 'portable-values/Money')

export class OutOfStock extends RangeError {
  override name = 'OutOfStock'
  constructor(readonly items?: unknown) {
    super('out of stock')
  }
}
payloads.registerClass(OutOfStock, 'portable-values/OutOfStock')

/** A custom type: its value is in no field. */
export class Secret {
  #value: unknown
  constructor(value?: unknown) {
    this.#value = value
  }
  reveal(): unknown {
    return this.#value
  }
  /** For a secret that is made before what it keeps. */
  keep(value: unknown): void {
    this.#value = value
  }
}
payloads.registerCustom('portable-values/Secret', {
  isApplicable: (value): value is Secret => value instanceof Secret,
  serialize: (secret) => ({ kept: secret.reveal() }),
  deserialize: ({ kept }) => new Secret(kept),
})

export const registeredSymbol = Symbol('registered')
payloads.registerSymbol(registeredSymbol, 'portable-values/registered')
export const namelessSymbol = Symbol()
payloads.registerSymbol(namelessSymbol, 'portable-values/nameless')

/** Keys of every kind that a payload may have. */
export const key = fc
  .oneof(
    fc.string({ maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 3 }),
    fc.constantFrom(
      '',
      '.',
      'a.b',
      '\\',
      '"',
      '\\n',
      '\n',
      'a\\.b',
      '0',
      '1',
      '-1',
      '4294967295',
      'json',
      'meta',
      'values',
      'length',
      'size',
      'toString',
      'hasOwnProperty',
      'then',
      'toJSON',
      '$ref',
    ),
  )
  .filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name))

/** Whether the `JSON.parse` of this engine takes escaped keys for others (V8 of Node.js 24 and 26). */
const misreadsEscapedKeys = ((): boolean => {
  JSON.parse('{"test":1,"test\\\\":2}')
  return !Object.hasOwn(JSON.parse('{"test":1,"test\\"":2}') as object, 'test"')
})()

/** Keys that superjson keeps, whatever the engine. */
export const superjsonKey = key.filter(
  (name) => !misreadsEscapedKeys || JSON.stringify(name).length === name.length + 2,
)

const bytes = fc.uint8Array({ maxLength: 16 })

/** Binary data of every kind. */
export const binary = bytes.chain((data) =>
  fc
    .constantFrom<() => object>(
      () => Uint8Array.from(data),
      () => Uint8ClampedArray.from(data),
      () => Int8Array.from(data),
      () => Int16Array.from(data, (byte) => byte * -200),
      () => Uint16Array.from(data, (byte) => byte * 200),
      () => Int32Array.from(data, (byte) => byte * -(2 ** 23)),
      () => Uint32Array.from(data, (byte) => byte * 2 ** 24),
      () => Float32Array.from(data, (byte) => byte / 3 - 20),
      () => Float32Array.from(data, (byte) => [Number.NaN, -0, Infinity, byte][byte % 4] ?? 0),
      () => Float64Array.from(data, (byte) => byte / 3 - 20),
      () => Float64Array.from(data, (byte) => (byte === 0 ? Number.NaN : -byte / 3)),
      () => BigInt64Array.from(data, (byte) => -BigInt(byte) * 2n ** 40n),
      () => BigUint64Array.from(data, (byte) => BigInt(byte) * 2n ** 50n),
      () => new DataView(Uint8Array.from(data).buffer),
      () => Uint8Array.from(data).buffer,
      () => Buffer.from(data),
      () => Uint8Array.from([0, 0, ...data]).subarray(2),
    )
    .map((make) => make()),
)

/** Primitives of every kind. */
export const primitive = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  fc.double(),
  fc.integer(),
  fc.constantFrom(Number.NaN, -0, 0, Infinity, -Infinity),
  fc.bigInt(),
  fc.constantFrom('', '-0', 'NaN', 'undefined', '1970-01-01T00:00:00.000Z'),
  fc.constantFrom(registeredSymbol, namelessSymbol, Symbol.for('portable-values/global')),
)

/** Objects that hold nothing of a payload. */
export const leafObject = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc
    .constantFrom(/a/, /[/]\n\u2028/giu, new RegExp(''), new RegExp('/'), /(?<year>\d{4})/dgs, /\p{L}/uy)
    .map((pattern) => new RegExp(pattern)),
  fc.nat(3).map((lastIndex) => Object.assign(/x/g, { lastIndex })),
  fc.webUrl().map((text) => new URL(text)),
  fc
    .constantFrom('data:text/plain,x', 'mailto:a@example.org', 'file:///a%20b#c')
    .map((text) => new URL(text)),
  binary,
)

const CONTAINERS = [
  'object',
  'array',
  'bare',
  'map',
  'set',
  'box',
  'shadow',
  'error',
  'aggregate',
  'registered error',
  'secret',
] as const

type ContainerKind = (typeof CONTAINERS)[number]

/** What is inside a container: a primitive, an object, or another container by its number. */
type Content = { readonly primitive: unknown } | { readonly leaf: number } | { readonly container: number }

interface ContainerPlan {
  readonly kind: ContainerKind
  readonly contents: readonly (readonly [key: string, content: Content])[]
}

const ERROR_CLASSES = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]

function emptyContainer(kind: ContainerKind, index: number): object {
  switch (kind) {
    case 'object':
      return {}
    case 'array':
      return []
    case 'bare':
      return Object.create(null) as object
    case 'map':
      return new Map()
    case 'set':
      return new Set()
    case 'box':
      return new Box()
    case 'shadow':
      return new Shadow()
    case 'error':
      return new (ERROR_CLASSES[index % ERROR_CLASSES.length] ?? Error)(`error ${index}`)
    case 'aggregate':
      return new AggregateError([], `aggregate ${index}`)
    case 'registered error':
      return new OutOfStock()
    case 'secret':
      return new Secret()
  }
}

function fillContainer(
  kind: ContainerKind,
  container: object,
  entries: readonly (readonly [string, unknown])[],
): void {
  const values = entries.map(([, value]) => value)
  const hide = (name: string, value: unknown): void => {
    Object.defineProperty(container, name, { value, writable: true, configurable: true, enumerable: false })
  }
  switch (kind) {
    case 'array':
      ;(container as unknown[]).push(...values)
      return
    case 'set':
      for (const value of values) (container as Set<unknown>).add(value)
      return
    case 'map':
      for (let index = 0; index + 1 < values.length; index += 2) {
        ;(container as Map<unknown, unknown>).set(values[index], values[index + 1])
      }
      return
    case 'secret':
      ;(container as Secret).keep(values)
      return
    case 'shadow':
      if (values.length > 0) (container as { shade: unknown }).shade = values[0]
      return
    case 'error':
    case 'registered error':
      if (values.length > 0) hide('cause', values[0])
      for (const [name, value] of entries.slice(1)) {
        if (!['name', 'message', 'stack', 'cause', 'errors'].includes(name))
          Object.assign(container, { [name]: value })
      }
      return
    case 'aggregate':
      hide('errors', values)
      return
    default:
      for (const [name, value] of entries) {
        Object.defineProperty(container, name, {
          value,
          writable: true,
          configurable: true,
          enumerable: true,
        })
      }
  }
}

interface GraphShape {
  /** Which containers there are. */
  readonly kinds?: readonly ContainerKind[]
  /** Which containers a container may hold, beside those that come after it: `any` makes cycles. */
  readonly references: 'tree' | 'shared' | 'any'
  readonly maxContainers?: number
  readonly keys?: fc.Arbitrary<string>
}

/** Values of every portable kind; `references` says whether objects stand at several places, or inside themselves. */
export function graph({
  kinds = CONTAINERS,
  references,
  maxContainers = 6,
  keys = key,
}: GraphShape): fc.Arbitrary<unknown> {
  const content = fc.oneof(
    { weight: 3, arbitrary: primitive.map((value): Content => ({ primitive: value })) },
    { weight: 2, arbitrary: fc.nat(7).map((leaf): Content => ({ leaf })) },
    { weight: 4, arbitrary: fc.nat(30).map((container): Content => ({ container })) },
  )
  const plan: fc.Arbitrary<ContainerPlan> = fc.record({
    kind: fc.constantFrom(...kinds),
    contents: fc.array(fc.tuple(keys, content), { maxLength: 5 }),
  })
  return fc
    .tuple(
      fc.array(plan, { minLength: 1, maxLength: maxContainers }),
      fc.array(leafObject, { minLength: 8, maxLength: 8 }),
      fc.oneof(
        { weight: 1, arbitrary: primitive },
        { weight: 1, arbitrary: leafObject },
        { weight: 18, arbitrary: fc.constant(CONTAINER) },
      ),
    )
    .map(([plans, leaves, root]) => (root === CONTAINER ? build(plans, leaves, references) : root))
}

const CONTAINER = Symbol('the first container')

function build(
  plans: readonly ContainerPlan[],
  leaves: readonly object[],
  references: GraphShape['references'],
): object | undefined {
  const containers = plans.map(({ kind }, index) => emptyContainer(kind, index))
  const used = new Set<unknown>()
  const once = (object: object | undefined): unknown => {
    if (references !== 'tree') return object
    if (used.has(object)) return null
    used.add(object)
    return object
  }
  plans.forEach(({ kind, contents }, index) => {
    const entries = contents.map(([name, content]) => {
      if ('primitive' in content) return [name, content.primitive] as const
      if ('leaf' in content) return [name, once(leaves[content.leaf])] as const
      const later = containers.length - index - 1
      if (references === 'any') return [name, containers[content.container % containers.length]] as const
      return [name, later === 0 ? null : once(containers[index + 1 + (content.container % later)])] as const
    })
    fillContainer(kind, containers[index] ?? {}, entries)
  })
  return containers[0]
}

/** The containers whose sharing superjson keeps. */
export const SUPERJSON_CONTAINERS: readonly ContainerKind[] = ['object', 'array', 'map', 'set', 'box']

/** What no payload may hold, with a word for it. */
export const hostile: fc.Arbitrary<{ readonly what: string; readonly value: unknown }> = fc
  .constantFrom<readonly [string, () => unknown]>(
    ['a function', () => () => undefined],
    ['an async function', () => async () => undefined],
    ['a class', () => class Hidden {}],
    ['a symbol', () => Symbol('hostile')],
    ['a well-known symbol', () => Symbol.iterator],
    ['an instance', () => new (class Connection {})()],
    ['an instance of a subclass', () => new (class Euro extends Money {})(1n, 'EUR')],
    ['an unregistered error', () => new (class Timeout extends Error {})('x')],
    ['a WeakMap', () => new WeakMap()],
    ['a WeakRef', () => new WeakRef({})],
    ['a promise', () => Promise.resolve()],
    ['a generator', () => (function* () {})()],
    ['a boxed number', () => Object(1)],
    ['a boxed string', () => Object('x')],
    ['a boxed bigint', () => Object(1n)],
    ['an iterator', () => [].values()],
    ['a SharedArrayBuffer', () => new SharedArrayBuffer(1)],
    ['a view of shared memory', () => new Uint8Array(new SharedArrayBuffer(1))],
    ['a Map subclass', () => new (class Registry extends Map {})()],
    ['an Array subclass', () => new (class Listing extends Array {})()],
    ['a Date subclass', () => new (class Moment extends Date {})()],
    ['a Date in disguise', () => Object.create(Date.prototype)],
    ['a Map in disguise', () => Object.create(Map.prototype)],
    ['an array in disguise', () => Object.create(Array.prototype)],
    ['a typed array in disguise', () => Object.create(Uint8Array.prototype)],
    ['a typed array of another class', () => Object.setPrototypeOf(new Int8Array(1), Uint8Array.prototype)],
    ['an object with an accessor', () => ({ get now() { return 1 } })], // prettier-ignore
    ['an object with a setter', () => ({ set now(_: number) {} })], // prettier-ignore
    ['an object with a getter that throws', () => ({ get now() { throw new Error('hostile') } })], // prettier-ignore
    ['an object with a hidden property', () => Object.defineProperty({}, 'quiet', { value: 1 })],
    ['an object with a symbol key', () => ({ [Symbol('key')]: 1 })],
    ['an object with a hidden symbol key', () => Object.defineProperty({}, Symbol('key'), { value: 1 })],
    ['a sparse array', () => [1, , 3]], // eslint-disable-line no-sparse-arrays
    ['an array of nothing', () => new Array(3)],
    ['an array with a property', () => Object.assign([1], { total: 1 })],
    ['an array with a symbol key', () => Object.assign([1], { [Symbol('key')]: 1 })],
    ['an array with an accessor', () => Object.defineProperty([1], 0, { get: () => 1, enumerable: true })],
    [
      'an array with a setter',
      () => Object.defineProperty([1], 0, { set: () => undefined, enumerable: true }),
    ],
    ['an array with a hidden element', () => Object.defineProperty([1], 0, { value: 1, enumerable: false })],
    ['a Date with a property', () => Object.assign(new Date(0), { zone: 'UTC' })],
    ['a Map with a property', () => Object.assign(new Map(), { owner: 1 })],
    ['a Set with a property', () => Object.assign(new Set(), { owner: 1 })],
    ['a RegExp with a property', () => Object.assign(/x/, { flavour: 1 })],
    ['a RegExp whose lastIndex is no integer', () => Object.assign(/x/, { lastIndex: 'x' })],
    ['a URL with a property', () => Object.assign(new URL('file:///'), { label: 1 })],
    ['a Buffer with a property', () => Object.assign(Buffer.from('x'), { label: 1 })],
    ['a typed array with a symbol key', () => Object.assign(new Uint8Array(1), { [Symbol('key')]: 1 })],
    ['a DataView with a property', () => Object.assign(new DataView(new ArrayBuffer(1)), { label: 1 })],
    ['an ArrayBuffer with a property', () => Object.assign(new ArrayBuffer(1), { label: 1 })],
    [
      'an error with an accessor',
      () => Object.defineProperty(new Error(), 'code', { get: () => 1, enumerable: true }),
    ],
    [
      'an error with a hidden function',
      () => Object.defineProperty(new Error(), 'retry', { value: () => 1 }),
    ],
    ['an error whose message is a symbol', () => Object.assign(new Error(), { message: Symbol('m') })],
    ['a registered instance with a function', () => Object.assign(new Box(), { run: () => 1 })],
    ['a registered instance with a symbol key', () => Object.assign(new Box(), { [Symbol('key')]: 1 })],
    ['a secret function', () => new Secret(() => 1)],
    ['a key __proto__', () => JSON.parse('{"__proto__":{"polluted":1}}')],
    ['a key constructor', () => ({ constructor: 1 })],
    ['a key prototype', () => ({ prototype: 1 })],
    ['a revoked proxy', () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy }], // prettier-ignore
    ['a proxy that throws', () => new Proxy({}, { ownKeys: () => { throw new Error('hostile') } })], // prettier-ignore
    ['a proxy that throws undefined', () => new Proxy([], { get: () => { throw undefined } })], // prettier-ignore
    ['a transferred ArrayBuffer', () => { const buffer = new ArrayBuffer(8); structuredClone(buffer, { transfer: [buffer] }); return buffer }], // prettier-ignore
    ['an object nested too deeply', () => Array.from({ length: 600 }).reduce((inner) => ({ inner }), {})],
    ['process', () => process],
    ['globalThis', () => globalThis],
  )
  .map(([what, make]) => ({ what, value: make() }))

/** A portable tree with a hostile value somewhere inside. */
export const hostilePayload = fc
  .tuple(
    hostile,
    fc.array(
      fc.constantFrom<(inner: unknown) => unknown>(
        (inner) => ({ a: 1, inner }),
        (inner) => ({ at: new Date(0), inner, z: 1n }),
        (inner) => [undefined, inner],
        (inner) => [inner, 2],
        (inner) => new Map([['key', inner]]),
        (inner) => new Map([[inner, 'value']]),
        (inner) => new Set([1, inner]),
        (inner) => Object.assign(new Box(), { inner }),
        (inner) => new Error('outer', { cause: inner }),
        (inner) => new AggregateError([inner]),
        (inner) => new Secret([inner]),
        (inner) => { const shared = {}; return { shared, again: shared, inner } }, // prettier-ignore
      ),
      { maxLength: 4 },
    ),
  )
  .map(([{ what, value }, wraps]) => ({ what, value: wraps.reduce((inner, wrap) => wrap(inner), value) }))
