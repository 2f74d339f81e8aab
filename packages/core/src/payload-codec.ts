import SuperJSON, { type SuperJSONResult } from 'superjson'
import {
  EVENTLANE_ERRORS,
  InvalidOptionError,
  PayloadDecodeError,
  PayloadNotPortableError,
} from './errors.js'
import {
  describeError,
  portableError,
  restoreError,
  type ErrorClasses,
  type ErrorFields,
} from './error-fields.js'
import { examinePayload, type Examination, type PortableClasses } from './payload-portability.js'
import { RESERVED_KEYS } from './payload-path.js'
import { sharedState } from './shared-state.js'
import { isError, messageOf, showThrown } from './thrown.js'

/** Where a value that is being encoded comes from, for the message of the error that refuses it. */
export interface PayloadOrigin {
  readonly event?: string
  readonly handler?: string
  /** The first word of paths: `payload` (default) or `result`. */
  readonly root?: string
}

// A class of any shape: its prototype is all that matters here.
type AnyClass = abstract new (...args: never) => object

/** How values of a type of the user's own become plain data and back. */
export interface CustomType<Value extends object, Plain> {
  /** Whether `value` is of this type. */
  isApplicable(value: unknown): value is Value
  /** Plain, portable data that stands for `value`. */
  serialize(value: Value): Plain
  /** The value that `plain` stands for. */
  deserialize(plain: Plain): Value
}

/** Longer texts than this are refused: 8 MiB. */
const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024

const REMEDY =
  'pass plain data, register the class with payloads.registerClass, link the handler with { local: true } on ' +
  'an InlineExecutor({ portable: false }), or look the object up inside the handler'

/**
 * Turns payloads into text and back without loss, or refuses them: for every `value` that {@link encode} accepts,
 * `decode(encode(value))` is deeply equal to `value`. The text is superjson's `{ json, meta }`.
 */
export class PayloadCodec {
  readonly #superjson = new SuperJSON()
  readonly #names = new Map<object, string>()
  readonly #prototypes = new Map<string, object>()
  readonly #customs = new Map<string, BuiltInType>()
  readonly #errorClasses: ErrorClasses = {
    nameOf: (prototype) => this.#names.get(prototype),
    prototypeOf: (name) => this.#prototypes.get(name),
  }
  readonly #portableClasses: PortableClasses = {
    hasPrototype: (prototype) => this.#names.has(prototype),
    serializeCustom: (value) => {
      const custom = this.#customOf(value)
      return custom && { plain: custom.serialize(value as never) }
    },
  }

  constructor() {
    for (const [name, type] of Object.entries(builtInTypes(this.#superjson, this.#errorClasses))) {
      // superjson takes the first type that applies; the user's own come before these.
      const isApplicable = (value: unknown): boolean => type.isApplicable(value) && !this.#customOf(value)
      this.#superjson.registerCustom({ ...type, isApplicable } as never, BUILT_IN_PREFIX + name)
    }
    for (const errorClass of EVENTLANE_ERRORS) this.registerClass(errorClass)
  }

  /**
   * The text that stands for `value` in any realm.
   *
   * @param origin where the value comes from, for error messages
   * @throws {@link PayloadNotPortableError} when the value would not arrive unchanged, naming path and finding
   * @example
   * ```ts
   * import { payloads } from '@eventlane/core'
   *
   * payloads.decode(payloads.encode({ at: new Date(0), total: 10n })) // { at: 1970-01-01T00:00:00.000Z, total: 10n }
   * ```
   */
  encode(value: unknown, origin: PayloadOrigin = {}): string {
    const root = origin.root ?? 'payload'
    const examination = examinePayload(value, root, this.#portableClasses)
    const { offences } = examination
    if (offences.length > 0) throw new PayloadNotPortableError(offences, REMEDY, origin)
    const text = this.#write(value, examination, root, origin)
    // A text cannot have more bytes than three per UTF-16 unit, so most texts need no counting.
    const bytes = text.length * 3 > MAX_PAYLOAD_BYTES ? Buffer.byteLength(text) : text.length
    if (bytes > MAX_PAYLOAD_BYTES) {
      const found = `${String(bytes)} bytes once encoded, over the limit of ${String(MAX_PAYLOAD_BYTES)}`
      throw new PayloadNotPortableError(
        [{ path: root, found }],
        'pass a reference to the data, such as a file path or a key',
        origin,
      )
    }
    return text
  }

  #customOf(value: unknown): BuiltInType | undefined {
    for (const custom of this.#customs.values()) if (custom.isApplicable(value)) return custom
    return undefined
  }

  #write(value: unknown, { plain, shared }: Examination, root: string, origin: PayloadOrigin): string {
    try {
      if (plain) return `{"json":${JSON.stringify(value)}}`
      const { json, meta } = this.#superjson.serialize(value)
      // superjson takes equal NaNs and bigints for one object, and restoring that reorders sets.
      if (!shared) delete meta?.referentialEqualities
      return JSON.stringify({ json, meta })
    } catch (error) {
      // Proxies may answer differently each time, and so may custom types.
      const found = `a value that cannot be written: ${messageOf(error)}`
      throw new PayloadNotPortableError([{ path: root, found }], REMEDY, origin)
    }
  }

  /**
   * The value that `text` stands for, made anew at each call.
   *
   * @throws {@link PayloadDecodeError} when the text was not written by {@link encode}, or names a class or custom type
   *   that this realm has not registered
   */
  decode(text: string): unknown {
    try {
      const parsed = JSON.parse(text) as SuperJSONResult
      if (typeof parsed !== 'object' || !('json' in parsed)) throw new TypeError('no { json, meta } object')
      // Own keys of these names are harmless until a value is assigned to an instance, as superjson does.
      if (MAY_HAVE_RESERVED_KEYS.test(text)) checkKeys(parsed.json)
      return parsed.meta === undefined ? parsed.json : this.#superjson.deserialize(parsed, { inPlace: true })
    } catch (error) {
      throw new PayloadDecodeError(messageOf(error), error)
    }
  }

  /**
   * The text that stands for whatever a handler threw. Unlike {@link encode} it never refuses: of an error that is not
   * portable it keeps name, message, stack, code and all that can travel, and shows the rest as text.
   */
  encodeThrown(thrown: unknown): string {
    const isPortable = (value: unknown): boolean =>
      examinePayload(value, 'error', this.#portableClasses).offences.length === 0
    try {
      if (isError(thrown)) return this.encode(portableError(thrown, this.#errorClasses, isPortable))
      return this.encode(thrown)
    } catch {
      return this.encode(new Error(showThrown(thrown).slice(0, MAX_SHOWN_LENGTH)))
    }
  }

  /**
   * What {@link encodeThrown} wrote. It never fails: what this realm cannot read, because it lacks a class, becomes the
   * {@link PayloadDecodeError} that says so.
   */
  decodeThrown(text: string): unknown {
    try {
      return this.decode(text)
    } catch (error) {
      return error
    }
  }

  /**
   * Lets instances of a class travel: their own fields arrive, on the class's prototype, without calling its
   * constructor. Call it in the module that defines the class, so that every realm that imports it registers it.
   * A class with `#private` state needs {@link registerCustom} instead.
   *
   * @param constructor the class
   * @param name the name on the wire; default: the class's own name
   * @throws {@link InvalidOptionError} when the name is taken by another class or the class has none
   * @example
   * ```ts
   * import { payloads } from '@eventlane/core'
   *
   * export class Money {
   *   constructor(readonly amount: bigint, readonly currency: string) {}
   * }
   * payloads.registerClass(Money)
   * ```
   */
  registerClass(constructor: AnyClass, name: string = constructor.name): void {
    const prototype = checkClass(constructor)
    if (name === '') {
      throw new InvalidOptionError(
        'a class without a name cannot be registered',
        'payloads.registerClass',
        'pass a name as the second argument',
      )
    }
    if (this.#names.get(prototype) === name) return
    if (this.#names.has(prototype) || this.#prototypes.has(name)) {
      throw new InvalidOptionError(
        `the class ${constructor.name} or the name ${JSON.stringify(name)} is already registered`,
        'payloads.registerClass',
        'register each class once, under a name of its own',
      )
    }
    this.#names.set(prototype, name)
    this.#prototypes.set(name, prototype)
    // superjson copies enumerable fields only, which of an error are the least; errors have a type of their own below.
    if (!isError(prototype)) this.#superjson.registerClass(constructor as never, { identifier: name })
  }

  /**
   * Lets values of a type of your own travel, by your own functions. Call it in the module that defines the type.
   *
   * @param name the name on the wire, unique among custom types
   * @throws {@link InvalidOptionError} when the name is taken
   */
  registerCustom<Value extends object, Plain>(name: string, type: CustomType<Value, Plain>): void {
    const isReserved = name === '' || name.startsWith(BUILT_IN_PREFIX) || name === '__proto__'
    if (isReserved || this.#customs.has(name)) {
      throw new InvalidOptionError(
        `the custom type name ${JSON.stringify(name)} is empty, reserved or taken`,
        'payloads.registerCustom',
        'choose another name, such as one prefixed with your package',
      )
    }
    this.#customs.set(name, {
      isApplicable: (value) => type.isApplicable(value),
      serialize: (value: Value) => type.serialize(value),
      deserialize: (plain: Plain) => type.deserialize(plain),
    })
    // superjson does not look into what a custom type makes of a value, so that travels as an envelope of its own.
    const enveloped: CustomType<Value, SuperJSONResult> = {
      isApplicable: (value): value is Value => type.isApplicable(value),
      serialize: (value) => this.#superjson.serialize(type.serialize(value)),
      deserialize: (envelope) => type.deserialize(this.#superjson.deserialize(envelope)),
    }
    this.#superjson.registerCustom(enveloped as never, name)
  }
}

const BUILT_IN_PREFIX = 'eventlane:'
/** Of a thrown value that cannot travel, so many characters of its text do. */
const MAX_SHOWN_LENGTH = 10_000

/** What these hold is not in fields, so copying fields would lose it. */
const CLASSES_WITH_CONTENTS = [
  Map,
  Set,
  WeakMap,
  WeakSet,
  Date,
  RegExp,
  Promise,
  ArrayBuffer,
  URL,
  Array,
  Function,
]

function checkClass(constructor: unknown): object {
  const prototype: unknown = typeof constructor === 'function' ? constructor.prototype : undefined
  if (typeof prototype !== 'object' || prototype === null) {
    throw new InvalidOptionError(
      `${showThrown(constructor)} is not a class`,
      'payloads.registerClass',
      'pass a class; where it is imported, look for a circular import',
    )
  }
  const isView = prototype instanceof Object.getPrototypeOf(Uint8Array)
  const base = CLASSES_WITH_CONTENTS.find((type) => prototype instanceof type)
  if (isView || base) {
    throw new InvalidOptionError(
      `the class extends ${base?.name ?? 'a typed array'}, whose contents are not fields`,
      'payloads.registerClass',
      'say how it travels with payloads.registerCustom',
    )
  }
  return prototype
}

/** Every text with a reserved key matches, escaped or not, and few others do. */
const MAY_HAVE_RESERVED_KEYS = /__proto__|constructor|prototype|\\u/

function checkKeys(json: unknown): void {
  const pending = [json]
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value !== 'object' || value === null) continue
    for (const [key, child] of Object.entries(value)) {
      if (RESERVED_KEYS.has(key)) throw new TypeError(`the key ${key} is reserved`)
      pending.push(child)
    }
  }
}

function bytesOf(value: ArrayBufferView | ArrayBuffer): Buffer {
  return ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value)
}

function bufferOf(base64: string): ArrayBuffer {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
}

/** A custom type whose values are of no matter. */
interface BuiltInType {
  readonly isApplicable: (value: unknown) => boolean
  readonly serialize: (value: never) => unknown
  readonly deserialize: (plain: never) => unknown
}

/** What superjson alone would lose, as custom types of its own making. */
function builtInTypes(superjson: SuperJSON, classes: ErrorClasses): Readonly<Record<string, BuiltInType>> {
  const binary = (type: new (buffer: ArrayBuffer) => ArrayBufferView): BuiltInType => ({
    isApplicable: (value) => value instanceof type,
    serialize: (value: ArrayBufferView) => bytesOf(value).toString('base64'),
    deserialize: (base64: string) => new type(bufferOf(base64)),
  })
  return {
    Error: {
      isApplicable: isError,
      // A text inside: superjson would note shared references by paths that the restored error does not have.
      serialize: (error: Error) => ({ text: superjson.stringify(describeError(error, classes)) }),
      deserialize: ({ text }: { readonly text: string }) => {
        const envelope = JSON.parse(text) as SuperJSONResult
        checkKeys(envelope.json)
        return restoreError(superjson.deserialize<ErrorFields>(envelope), classes)
      },
    },
    NullPrototype: {
      isApplicable: (value) =>
        typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null,
      serialize: (value: object) => ({ ...value }),
      deserialize: (fields: object) => Object.assign(Object.create(null) as object, fields),
    },
    InvalidDate: {
      isApplicable: (value) => value instanceof Date && Number.isNaN(value.getTime()),
      serialize: () => null,
      deserialize: () => new Date(Number.NaN),
    },
    RegExp: {
      isApplicable: (value) => value instanceof RegExp && value.lastIndex !== 0,
      serialize: ({ source, flags, lastIndex }: RegExp) => ({ source, flags, lastIndex }),
      deserialize: ({ source, flags, lastIndex }: RegExp) =>
        Object.assign(new RegExp(source, flags), { lastIndex }),
    },
    Buffer: {
      isApplicable: (value) => Buffer.isBuffer(value),
      serialize: (value: Buffer) => value.toString('base64'),
      deserialize: (base64: string) => Buffer.from(base64, 'base64'),
    },
    ArrayBuffer: {
      isApplicable: (value) => value instanceof ArrayBuffer,
      serialize: (value: ArrayBuffer) => bytesOf(value).toString('base64'),
      deserialize: bufferOf,
    },
    DataView: binary(DataView),
    Float32Array: binary(Float32Array),
    Float64Array: binary(Float64Array),
    BigInt64Array: binary(BigInt64Array),
    BigUint64Array: binary(BigUint64Array),
  }
}

/** The codec that emitters, executors and workers of this realm share. */
export const payloads: PayloadCodec = sharedState('payloads', () => new PayloadCodec())
