import {
  HandlerTimeoutError,
  InvalidOptionError,
  PayloadCodec,
  PayloadDecodeError,
  PayloadNotPortableError,
  payloads,
} from '@eventlane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { firstDifference } from './support/same-value.js'
import { thrownBy } from './support/thrown-by.js'

function copy(value: unknown, codec: PayloadCodec = payloads): unknown {
  return codec.decode(codec.encode(value))
}

function offencesOf(value: unknown): { path: string; found: string }[] {
  const error = thrownBy(() => payloads.encode(value))
  if (!(error instanceof PayloadNotPortableError)) throw error
  return error.offences.map(({ path, found }) => ({ path, found }))
}

class Money {
  constructor(
    readonly amount: bigint,
    readonly currency: string,
  ) {}
  get text(): string {
    return `${this.amount} ${this.currency}`
  }
}
payloads.registerClass(Money, 'payloads.test/Money')

class OutOfStock extends Error {
  override name = 'OutOfStock'
  constructor(readonly items: readonly string[]) {
    super(`out of stock: ${items.join(', ')}`)
  }
}
payloads.registerClass(OutOfStock, 'payloads.test/OutOfStock')

/**
 * No key ends with a backslash: in Node.js 24 and 26, once JSON.parse has seen `{"a":1,"\\\\":2}`, it gives the same for
 * `{"a":1,"\\"":2}`, whoever calls it.
 */
const MISREAD_KEY = /\\$/

const key = fc
  .oneof(
    fc.string({ maxLength: 6 }).filter((text) => !MISREAD_KEY.test(text)),
    fc.constantFrom(
      '',
      '.',
      'a.b',
      '\\a',
      'a\\.b',
      '0',
      '-1',
      'json',
      'meta',
      'length',
      'toString',
      'then',
      'toJSON',
      '$ref',
    ),
  )
  .filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name))

const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, -0, 0, Infinity, -Infinity))

const bytes = fc.uint8Array({ maxLength: 16 })
const binary = bytes.chain((data) =>
  fc.constantFrom(
    Uint8Array.from(data),
    Uint8ClampedArray.from(data),
    Int8Array.from(data),
    Int16Array.from(data),
    Uint16Array.from(data),
    Int32Array.from(data),
    Uint32Array.from(data),
    Float32Array.from(data, (byte) => byte / 3 - 20),
    Float64Array.from(data, (byte) => (byte === 0 ? Number.NaN : -byte / 3)),
    BigInt64Array.from(data, (byte) => -BigInt(byte) * 2n ** 40n),
    BigUint64Array.from(data, (byte) => BigInt(byte) * 2n ** 50n),
    new DataView(Uint8Array.from(data).buffer),
    Uint8Array.from(data).buffer,
    Buffer.from(data),
  ),
)

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.boolean(),
  fc.constantFrom(null, undefined),
  number,
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.constantFrom('', '-0', 'NaN', 'undefined', '1970-01-01T00:00:00.000Z'),
  fc
    .constantFrom(/a/, /[/]\n\u2028/giu, new RegExp(''), new RegExp('/'))
    .map((pattern) => new RegExp(pattern)),
  fc.nat(3).map((lastIndex) => Object.assign(/x/g, { lastIndex })),
  fc.webUrl().map((text) => new URL(text)),
  binary,
  fc.tuple(fc.bigInt(), fc.string()).map(([amount, currency]) => new Money(amount, currency)),
)

const errorClass = fc.constantFrom(
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
)

const NO_CAUSE = Symbol('no cause')

/** Values of every portable kind, as trees. */
const { value: portable } = fc.letrec<{ value: unknown; error: Error; fields: Record<string, unknown> }>(
  (tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      tie('fields'),
      tie('fields').map((fields) => Object.assign(Object.create(null) as object, fields)),
      fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
      fc.array(tie('value'), { maxLength: 3 }).map((values) => new Set(values)),
      tie('error'),
    ),
    fields: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    error: fc.oneof(
      fc
        .tuple(
          errorClass,
          fc.string(),
          fc.option(tie('value'), { nil: NO_CAUSE }),
          fc.dictionary(fc.constantFrom('code', 'errno', 'at', 'a.b'), tie('value'), { maxKeys: 2 }),
        )
        .map(([type, message, cause, fields]) =>
          Object.assign(new type(message, cause === NO_CAUSE ? undefined : { cause }), fields),
        ),
      fc
        .tuple(fc.array(tie('value'), { maxLength: 2 }), fc.string())
        .map(([errors, message]) => new AggregateError(errors, message)),
      fc.array(fc.string(), { maxLength: 2 }).map((items) => new OutOfStock(items)),
    ),
  }),
)

/** Whether a JSON value has no key that is reserved, or that JSON.parse misreads. */
function hasOrdinaryKeys(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(
    ([name, child]) =>
      !MISREAD_KEY.test(name) &&
      !['__proto__', 'constructor', 'prototype'].includes(name) &&
      hasOrdinaryKeys(child),
  )
}

describe('a portable value', () => {
  it('arrives as it was, with its classes, whatever it is made of', () => {
    fc.assert(
      fc.property(portable, (value) => {
        expect(firstDifference(copy(value), value)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('arrives as it was however plain JSON it is', () => {
    fc.assert(
      fc.property(fc.jsonValue().filter(hasOrdinaryKeys), (value) => {
        expect(firstDifference(copy(value), value)).toBeUndefined()
      }),
    )
  })

  it('is not changed by being encoded', () => {
    fc.assert(
      fc.property(portable, (value) => {
        const before = copy(value)
        payloads.encode(value)
        expect(firstDifference(value, before)).toBeUndefined()
      }),
      { numRuns: 50 },
    )
  })

  it('gives the same text again once it has been decoded', () => {
    fc.assert(
      fc.property(portable, (value) => {
        const text = payloads.encode(value)
        expect(payloads.encode(payloads.decode(text))).toBe(text)
      }),
    )
  })

  it('is made anew at each decoding', () => {
    const text = payloads.encode({ list: [new Date(0)] })
    const [first, second] = [payloads.decode(text), payloads.decode(text)] as { list: Date[] }[]
    expect(first).toEqual(second)
    expect(first).not.toBe(second)
    expect(first!.list[0]).not.toBe(second!.list[0])
  })

  it('keeps which of its objects and arrays are one and the same', () => {
    const shared = { name: 'shared' }
    const list = [shared]
    const value = { list, again: list, deep: { shared } }
    expect(firstDifference(copy(value), value)).toBeUndefined()
  })

  it('keeps cycles through objects and arrays', () => {
    const value: Record<string, unknown> = { name: 'parent' }
    value.self = value
    value.children = [{ parent: value }, [value]]
    expect(firstDifference(copy(value), value)).toBeUndefined()
  })

  it.each<[what: string, value: unknown]>([
    ['an error with a name of its own', Object.assign(new Error('x'), { name: 'Custom' })],
    ['an error of Node.js', thrownBy(() => new URL('::'))],
    ['an error of JSON.parse', thrownBy(() => JSON.parse('{') as unknown)],
    ['an error whose cause is undefined', new Error('x', { cause: undefined })],
    ['a chain of causes', new Error('a', { cause: new TypeError('b', { cause: { code: 1n } }) })],
    ['a registered error', new OutOfStock(['a', 'b'])],
    ['an error of this package', new HandlerTimeoutError(5, 'tick', 'score (file:///x.js)')],
    [
      'an object nested 400 levels deep',
      Array.from({ length: 400 }).reduce((inner) => ({ inner }), new Date(0)),
    ],
    ['a key that is also a property of Object.prototype', { toString: 1, hasOwnProperty: undefined }],
    ['a string that is no well-formed Unicode', '\ud800'],
    [
      'an object without a prototype, nested',
      [Object.assign(Object.create(null) as object, { at: new Date(Number.NaN) })],
    ],
    ['a typed array that is a part of its buffer', new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)],
    ['a frozen object', Object.freeze({ a: [1] })],
    [
      'an object of an error class that no constructor made',
      Object.assign(Object.create(OutOfStock.prototype) as object, { items: [1n] }),
    ],
  ])('such as %s arrives as it was', (_, value) => {
    expect(firstDifference(copy(value), value)).toBeUndefined()
  })

  it('keeps message, stack and class of an error', () => {
    const error = new OutOfStock(['a'])
    const arrived = copy(error) as OutOfStock
    expect(arrived).toBeInstanceOf(OutOfStock)
    expect(arrived.message).toBe('out of stock: a')
    expect(arrived.stack).toBe(error.stack)
    expect(String(arrived)).toBe('OutOfStock: out of stock: a')
  })
})

describe('a value that is not portable', () => {
  const hidden = Symbol('hidden')
  class Connection {
    socket = 1
  }

  it.each<[what: string, value: unknown, found: RegExp]>([
    ['a function', function onClick() {}, /^function onClick/],
    ['a class', Connection, /^function Connection/],
    ['a symbol', hidden, /^Symbol\(hidden\)/],
    ['an instance of an unregistered class', new Connection(), /Connection.*not registered/],
    ['an instance of an unregistered subclass', new (class Euro extends Money {})(1n, 'EUR'), /Euro/],
    ['an instance of an unregistered error', new (class Timeout extends Error {})('x'), /Timeout/],
    ['a subclass of Map', new (class Registry extends Map {})(), /Registry/],
    ['a subclass of Array', new (class Listing extends Array {})(), /Listing/],
    ['a promise', Promise.resolve(1), /promise.*await/],
    ['a WeakMap', new WeakMap(), /WeakMap/],
    ['a WeakRef', new WeakRef({}), /WeakRef/],
    ['a generator', (function* () {})(), /./],
    ['a stream', process.stdout, /./],
    ['a boxed string', Object('x'), /String/],
    ['an AbortSignal', new AbortController().signal, /AbortSignal/],
    ['a SharedArrayBuffer', new SharedArrayBuffer(1), /SharedArrayBuffer/],
    [
      'an accessor',
      {
        get now() {
          return 1
        },
      },
      /accessor/,
    ],
    ['a non-enumerable property', Object.defineProperty({}, 'quiet', { value: 1 }), /non-enumerable/],
    ['a symbol key', { [hidden]: 1 }, /symbol key/],
    ['a sparse array', [1, , 3], /sparse/], // eslint-disable-line no-sparse-arrays
    ['an array with a property of its own', Object.assign([1], { total: 1 }), /total/],
    ['an own key __proto__', JSON.parse('{"__proto__": {"polluted": true}}'), /reserved/],
    ['an own key constructor', { constructor: 1 }, /reserved/],
  ])('such as %s is refused, saying what it is', (_, value, found) => {
    const [offence, ...others] = offencesOf({ items: [value] })
    expect(others).toEqual([])
    expect(offence?.path).toMatch(/^payload\.items\[0\]/)
    expect(offence?.found).toMatch(found)
  })

  it('is refused with every place it is found at, up to a limit', () => {
    const bad = () => undefined
    expect(
      offencesOf({
        a: bad,
        'b c': { d: [1, { e: Symbol('f') }] },
        map: new Map<unknown, unknown>([
          [{ key: bad }, 1],
          ['x', [bad]],
        ]),
        set: new Set([1, bad]),
        error: new Error('x', { cause: { bad } }),
      }).map(({ path }) => path),
    ).toEqual([
      'payload.a',
      'payload["b c"].d[1].e',
      'payload.map.<Map key>[0].key',
      'payload.map.<Map value>[1][0]',
      'payload.set.<Set>[1]',
      'payload.error.cause.bad',
    ])
    expect(offencesOf(Array.from({ length: 1000 }, () => bad)).length).toBeLessThan(20)
  })

  it('is refused with the event and what to do', () => {
    const error = thrownBy(() =>
      payloads.encode(() => undefined, { event: 'tick', handler: 'score', root: 'result' }),
    )
    expect(error).toMatchObject({
      name: 'PayloadNotPortableError',
      code: 'ERR_PAYLOAD_NOT_PORTABLE',
      event: 'tick',
      message: expect.stringMatching(
        /^not portable: result is .*\n {2}where: event "tick", handler score\n {2}remedy: .*registerClass/,
      ),
    })
  })

  it('is refused when it is too long once encoded, also in bytes that are no characters', () => {
    expect(offencesOf('x'.repeat(9 * 1024 * 1024))).toMatchObject([
      { path: 'payload', found: expect.stringContaining('bytes') },
    ])
    expect(offencesOf('€'.repeat(3 * 1024 * 1024))).toMatchObject([{ path: 'payload' }])
    expect(copy('€'.repeat(2 * 1024 * 1024))).toHaveLength(2 * 1024 * 1024)
  })

  it('is refused when it is nested too deeply', () => {
    const deep = Array.from({ length: 100_000 }).reduce((inner) => [inner], [])
    expect(offencesOf(deep)).toMatchObject([{ found: expect.stringContaining('nested deeper') }])
  })

  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const throwing = () => {
    throw new Error('hostile')
  }
  it.each<[what: string, value: unknown]>([
    ['a revoked proxy', revoked.proxy],
    ['a proxy that throws at ownKeys', new Proxy({}, { ownKeys: throwing })],
    ['a proxy that throws at getPrototypeOf', new Proxy({}, { getPrototypeOf: throwing })],
    [
      'a proxy that throws at getOwnPropertyDescriptor',
      new Proxy({ a: 1 }, { getOwnPropertyDescriptor: throwing }),
    ],
    ['a proxy that throws at get', new Proxy({ a: 1 }, { get: throwing })],
    ['a function whose name is a symbol', Object.defineProperty(() => 1, 'name', { value: Symbol('n') })],
    [
      'a class whose name is a symbol',
      new (class {
        static readonly name = Symbol('n') as never
      })(),
    ],
    [
      'a class whose name throws',
      new (class {
        static get name(): string {
          return throwing()
        }
      })(),
    ],
    ['an error whose name is a symbol', Object.assign(new Error(), { name: Symbol('n') })],
    [
      'an error with an accessor',
      Object.defineProperty(new Error(), 'code', { get: throwing, enumerable: true }),
    ],
    ['an ArrayBuffer that was transferred', transferred(new ArrayBuffer(8))],
    ['an array with an accessor', Object.defineProperty([1], 0, { get: throwing, enumerable: true })],
    ['a plain object in the guise of a Date', Object.create(Date.prototype)],
    ['a plain object in the guise of a Map', Object.create(Map.prototype)],
    ['a plain object in the guise of a Uint8Array', Object.create(Uint8Array.prototype)],
    ['a plain object in the guise of a URL', Object.create(URL.prototype)],
  ])('that is hostile, such as %s, is refused like any other', (_, value) => {
    expect(thrownBy(() => payloads.encode({ value }))).toBeInstanceOf(PayloadNotPortableError)
  })

  it('is either refused or arrives as it was, whatever it is', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      key: fc.oneof(key, fc.constantFrom('__proto__', 'constructor', 'prototype')),
      values: [
        leaf,
        fc.constantFrom(() => undefined, Symbol.iterator, new WeakSet(), Promise.resolve(), new Connection()),
      ],
    })
    fc.assert(
      fc.property(anything, (value) => {
        const text = thrownOr(() => payloads.encode(value))
        if (typeof text === 'string') expect(firstDifference(payloads.decode(text), value)).toBeUndefined()
        else expect(text).toBeInstanceOf(PayloadNotPortableError)
      }),
      { numRuns: 500 },
    )
  })
})

function transferred<Buffer extends ArrayBuffer>(buffer: Buffer): Buffer {
  structuredClone(buffer, { transfer: [buffer] })
  return buffer
}

function thrownOr(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

describe('registerClass', () => {
  it('lets instances travel with their fields, without calling the constructor', () => {
    const codec = new PayloadCodec()
    let calls = 0
    class Point {
      at = new Date(0)
      constructor(
        readonly x: number,
        readonly y?: number,
      ) {
        calls += 1
      }
      get sum(): number {
        return this.x + (this.y ?? 0)
      }
    }
    codec.registerClass(Point)
    const arrived = copy([new Point(1, 2), new Point(-0)], codec) as Point[]
    expect(calls).toBe(2)
    expect(arrived[0]).toBeInstanceOf(Point)
    expect(arrived[0]).toMatchObject({ x: 1, y: 2, sum: 3, at: new Date(0) })
    expect(Object.is(arrived[1]?.x, -0)).toBe(true)
    expect(arrived[1]).toHaveProperty('y', undefined)
  })

  it('refuses what is inside an instance by its path', () => {
    expect(offencesOf(new Money(1n, (() => 'EUR') as never))).toEqual([
      { path: 'payload.currency', found: 'an anonymous function' },
    ])
  })

  it('takes the same class under the same name again', () => {
    const codec = new PayloadCodec()
    codec.registerClass(Money)
    codec.registerClass(Money)
    expect(copy(new Money(1n, 'EUR'), codec)).toEqual(new Money(1n, 'EUR'))
  })

  it.each<[what: string, register: (codec: PayloadCodec) => void]>([
    [
      'another class under a name that is taken',
      (codec) => {
        codec.registerClass(class Point {})
        codec.registerClass(class Point {})
      },
    ],
    [
      'one class under two names',
      (codec) => {
        codec.registerClass(Money, 'a')
        codec.registerClass(Money, 'b')
      },
    ],
    [
      'a class without a name',
      (codec) => {
        codec.registerClass([class {}][0]!)
      },
    ],
  ])('refuses %s', (_, register) => {
    expect(
      thrownBy(() => {
        register(new PayloadCodec())
      }),
    ).toBeInstanceOf(InvalidOptionError)
  })

  it('takes odd names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'a.b', 'Error']) {
      const codec = new PayloadCodec()
      class Point {
        x = 1
      }
      codec.registerClass(Point, name)
      expect(copy([new Point()], codec)).toEqual([new Point()])
      expect((copy(new Point(), codec) as object).constructor).toBe(Point)
    }
  })
})

describe('registerCustom', () => {
  class Secret {
    readonly #value: unknown
    constructor(value: unknown) {
      this.#value = value
    }
    reveal(): unknown {
      return this.#value
    }
  }

  function codecOfSecrets(
    serialize: (secret: Secret) => unknown = (secret) => secret.reveal(),
  ): PayloadCodec {
    const codec = new PayloadCodec()
    codec.registerCustom('Secret', {
      isApplicable: (value): value is Secret => value instanceof Secret,
      serialize,
      deserialize: (plain) => new Secret(plain),
    })
    return codec
  }

  it.each<[what: string, inner: unknown]>([
    ['a string', 'x'],
    ['a bigint', 5n],
    ['a registered instance', new Money(1n, 'EUR')],
  ])('lets values travel by functions of their own: %s', (_, inner) => {
    const codec = codecOfSecrets()
    codec.registerClass(Money)
    const [arrived] = copy([new Secret(inner)], codec) as Secret[]
    expect(arrived).toBeInstanceOf(Secret)
    expect(firstDifference(arrived?.reveal(), inner)).toBeUndefined()
  })

  it('refuses a value whose serialize throws, with the cause', () => {
    const cause = new Error('sealed')
    const codec = codecOfSecrets(() => {
      throw cause
    })
    const error = thrownBy(() => codec.encode({ secret: new Secret(1) }))
    expect(error).toBeInstanceOf(PayloadNotPortableError)
    expect(error).toMatchObject({ message: expect.stringMatching(/payload\.secret.*sealed/s) })
  })

  it.each([[''], ['eventlane:Date'], ['Secret']])(
    'refuses the name %j, which is empty, reserved or taken',
    (name) => {
      const codec = codecOfSecrets()
      expect(() =>
        codec.registerCustom(name, {
          isApplicable: (value): value is Money => value instanceof Money,
          serialize: () => null,
          deserialize: () => new Money(0n, ''),
        }),
      ).toThrow(InvalidOptionError)
    },
  )

  it.each(['constructor', 'toString', '0'])('takes the name %j', (name) => {
    const codec = new PayloadCodec()
    codec.registerCustom(name, {
      isApplicable: (value): value is Secret => value instanceof Secret,
      serialize: (secret) => secret.reveal(),
      deserialize: (plain) => new Secret(plain),
    })
    expect((copy(new Secret('x'), codec) as Secret).reveal()).toBe('x')
  })
})

describe('decode', () => {
  it.each([
    ['no JSON', '{'],
    ['an empty text', ''],
    ['null', 'null'],
    ['a number', '1'],
    ['an array', '[]'],
    ['an object of another kind', '{"payload":1}'],
  ])('refuses %s', (_, text) => {
    const error = thrownBy(() => payloads.decode(text))
    expect(error).toBeInstanceOf(PayloadDecodeError)
    expect(error).toMatchObject({ code: 'ERR_PAYLOAD_DECODE' })
  })

  it('refuses the instance of a class that this realm has not registered', () => {
    const [sender, receiver] = [new PayloadCodec(), new PayloadCodec()]
    sender.registerClass(Money, 'Money')
    const text = sender.encode({ price: new Money(1n, 'EUR') })
    const error = thrownBy(() => receiver.decode(text))
    expect(error).toBeInstanceOf(PayloadDecodeError)
    expect(error).toMatchObject({ message: expect.stringContaining('Money') })
  })

  it('refuses an error of a class that this realm has not registered', () => {
    const [sender, receiver] = [new PayloadCodec(), new PayloadCodec()]
    sender.registerClass(OutOfStock, 'OutOfStock')
    const text = sender.encode(new OutOfStock(['a']))
    const error = thrownBy(() => receiver.decode(text))
    expect(error).toBeInstanceOf(PayloadDecodeError)
    expect(error).toMatchObject({ message: expect.stringContaining('OutOfStock') })
  })

  it('reads or refuses any text, and changes no prototype', () => {
    const names = ['__proto__', 'constructor', 'prototype', 'a', 'polluted', 'fields', 'json']
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, 1, 'x'),
        fc.dictionary(fc.constantFrom(...names), tie('node'), { noNullPrototype: false }),
        fc.array(tie('node'), { maxLength: 2 }),
      ),
    })).node
    const annotation = fc.constantFrom(
      'Date',
      'map',
      'set',
      'undefined',
      'bigint',
      ['class', 'payloads.test/Money'],
      ['custom', 'eventlane:Error'],
      ['custom', 'eventlane:NullPrototype'],
      ['custom', 'nobody'],
    )
    const path = fc.array(fc.constantFrom(...names), { maxLength: 3 }).map((parts) => parts.join('.'))
    fc.assert(
      fc.property(
        tree,
        fc.dictionary(path, fc.tuple(annotation)),
        fc.option(annotation),
        (json, values, root) => {
          const text = JSON.stringify({
            json,
            meta: { values: root === null ? values : [root, values], v: 1 },
          })
          try {
            payloads.decode(text)
          } catch (error) {
            expect(error).toBeInstanceOf(PayloadDecodeError)
          }
          expect(({} as Record<string, unknown>).polluted).toBeUndefined()
          expect(Object.keys(Object.prototype)).toEqual([])
          expect(Object.keys(Error.prototype)).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    [
      'an error',
      '{"json":{"type":"Error","message":"x","fields":{"__proto__":{"polluted":1}}},"meta":{"values":[["custom","eventlane:Error"]],"v":1}}',
    ],
    [
      'an instance',
      '{"json":{"__proto__":{"polluted":1}},"meta":{"values":[["class","payloads.test/Money"]],"v":1}}',
    ],
    ['a plain object', '{"json":{"__proto__":{"polluted":1}}}'],
  ])('lets no __proto__ of a text become the prototype of %s', (_, text) => {
    const result = thrownOr(() => payloads.decode(text)) as Record<string, unknown>
    expect(result.polluted).toBeUndefined()
  })
})

describe('encodeThrown', () => {
  function thrownCopy(thrown: unknown): unknown {
    return payloads.decode(payloads.encodeThrown(thrown))
  }

  it('keeps what is portable as it is', () => {
    fc.assert(
      fc.property(portable, (value) => {
        expect(firstDifference(thrownCopy(value), value)).toBeUndefined()
      }),
      { numRuns: 100 },
    )
  })

  it('keeps name, message, stack and code of an unregistered error, on the built-in class it extends', () => {
    class Refused extends RangeError {
      override name = 'Refused'
      code = 'E_REFUSED'
      socket = process.stdout
    }
    const error = new Refused('refused', { cause: new (class Inner extends Error {})('inner') })
    const arrived = thrownCopy(error) as Refused
    expect(arrived).toBeInstanceOf(RangeError)
    expect(arrived).toMatchObject({
      name: 'Refused',
      message: 'refused',
      stack: error.stack,
      code: 'E_REFUSED',
    })
    expect(arrived.cause).toBeInstanceOf(Error)
    expect(arrived.cause).toMatchObject({ message: 'inner' })
    expect(typeof arrived.socket).toBe('string')
  })

  it('keeps the errors of an aggregate', () => {
    const arrived = thrownCopy(
      new AggregateError([new TypeError('a'), () => undefined], 'both'),
    ) as AggregateError
    expect(arrived).toBeInstanceOf(AggregateError)
    expect(arrived.errors[0]).toBeInstanceOf(TypeError)
    expect(arrived.errors).toHaveLength(2)
  })

  it('never fails, whatever is thrown', () => {
    const self = new Error('self')
    self.cause = self
    const hostile = [
      self,
      Object.assign(new Error(), { message: Symbol('m') }),
      Object.assign(new Error(), { name: Symbol('n') }),
      Object.defineProperty(new Error(), 'message', {
        get: () => {
          throw new Error('no')
        },
      }),
      Object.create(null),
      revokedProxy(),
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no')
          },
        },
      ),
      () => undefined,
      Symbol('x'),
      JSON.parse('{"__proto__": 1}'),
      Object.assign(new Error('x'), JSON.parse('{"constructor": 1}')),
      'x'.repeat(9 * 1024 * 1024),
      Object.assign(new Error('x'.repeat(9 * 1024 * 1024))),
    ]
    for (const thrown of hostile) expect(typeof payloads.encodeThrown(thrown)).toBe('string')
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        payloads.decode(payloads.encodeThrown(thrown))
      }),
    )
  })
})

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
