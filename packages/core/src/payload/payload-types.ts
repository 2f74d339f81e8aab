import { isDeepStrictEqual, types } from 'node:util'

/** What follows a value in the text and says how to read it, in superjson's form. */
export type Annotation = string | readonly [kind: string, name: string]

/** The prefix of the custom types that extend superjson where it would lose something. */
export const EXTENSION_PREFIX = 'eventlane:'

/** One way in which values of a built-in class are written. */
export interface WireForm {
  readonly annotation: Annotation
  /** Which values of the class are written so; by default all that no form before takes. */
  readonly applies?: (value: never) => boolean
  readonly toJson: (value: never) => unknown
  /** Whether {@link toJson} gives a string without anything that JSON would have to escape. */
  readonly isVerbatim: boolean
  /**
   * @throws TypeError or RangeError where the JSON value was not written by {@link toJson}
   */
  readonly fromJson: (json: unknown) => unknown
}

/** A built-in class whose instances are leaves of a payload: nothing of a payload is inside them. */
export interface BuiltInType {
  readonly prototype: object
  /** Why this value, which has the class's prototype, would not arrive as it is; `undefined` where it would. */
  readonly flaw: (value: object) => string | undefined
  readonly forms: readonly WireForm[]
  readonly copy: (value: never) => object
  /** No value is written in more bytes, annotation included. */
  readonly maxBytes: (value: never) => number
}

const extension = (name: string) => ['custom', EXTENSION_PREFIX + name] as const

/** Symbols of `Symbol.for`, which are the same in every realm: their keys. */
export const SYMBOL_FOR = extension('Symbol')
/** Plain objects without a prototype: their fields, with a prototype. */
export const NULL_PROTOTYPE = extension('NullPrototype')
/** A whole payload, where superjson would not restore it as it was: a table of its objects. */
export const GRAPH = extension('Graph')

function textOf(json: unknown): string {
  if (typeof json !== 'string') throw new TypeError('a text was expected')
  return json
}

/** Whatever `instanceof` says: the value was made by the class's constructor, and has no property of its own. */
function flawOf(isGenuine: (value: object) => boolean, ignored?: string) {
  return (value: object): string | undefined => {
    if (!isGenuine(value)) return 'an impostor, which has only the prototype of its class'
    const keys = Reflect.ownKeys(value)
    if (keys.length === 0) return undefined
    const own = keys.find((key) => key !== ignored)
    return own === undefined ? undefined : `has a property ${String(own)} of its own`
  }
}

/** Whether a buffer was transferred away; `ArrayBuffer.prototype.detached` needs Node.js 22. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer).byteLength !== buffer.byteLength
  } catch {
    return true
  }
}

function bufferFlaw(value: object): string | undefined {
  if (!types.isArrayBuffer(value)) return 'an impostor, which has only the prototype of its class'
  if (isDetached(value)) return 'detached: it was transferred away'
  // Resizable buffers are younger than the type declarations for Node.js 20.
  if ((value as { readonly resizable?: boolean }).resizable === true) return 'resizable'
  return flawOf(() => true)(value)
}

function bytesOf(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}

/** @throws TypeError where the JSON value is no text in base64 */
export function bytesFrom(json: unknown): Buffer {
  const text = textOf(json)
  const bytes = Buffer.from(text, 'base64')
  // Node.js skips whatever is no base64.
  if (Math.ceil(bytes.length / 3) * 4 !== text.length) throw new TypeError('no base64 text')
  return bytes
}

function arrayBufferFrom(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}

type ViewClass = new (buffer: ArrayBufferLike, offset?: number, length?: number) => ArrayBufferView

/** Copies only the bytes that a view shows, however large the buffer behind it. */
function copyView(view: ArrayBufferView, type: ViewClass): ArrayBufferView {
  return new type(arrayBufferFrom(bytesOf(view)))
}

/**
 * Views may hold millions of elements, which listing their own keys would turn into as many strings; comparing one with
 * a fresh view of the same bytes finds properties of its own in the time that comparing the bytes takes.
 */
function viewFlaw(isGenuine: (value: object) => boolean, renew: (view: ArrayBufferView) => object) {
  return (value: object): string | undefined => {
    if (!isGenuine(value) || !ArrayBuffer.isView(value)) {
      return 'an impostor, which has only the prototype of its class'
    }
    if (!types.isArrayBuffer(value.buffer)) return 'a view of shared memory'
    if (isDetached(value.buffer)) return 'detached: its buffer was transferred away'
    return isDeepStrictEqual(value, renew(value)) ? undefined : 'has properties of its own'
  }
}

interface ElementsClass extends ViewClass {
  readonly BYTES_PER_ELEMENT: number
  readonly name: string
  readonly prototype: object
}

const INTEGER_ARRAYS: readonly (ElementsClass & { from(elements: readonly number[]): object })[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
]
const FLOAT_ARRAYS = [Float32Array, Float64Array] as const
const BIGINT_ARRAYS: readonly ElementsClass[] = [BigInt64Array, BigUint64Array]

const isOfClass =
  ({ name }: { readonly name: string }) =>
  (value: object): boolean =>
    types.isTypedArray(value) && Reflect.get(TYPED_ARRAY_PROTOTYPE, Symbol.toStringTag, value) === name
const TYPED_ARRAY_PROTOTYPE = Reflect.getPrototypeOf(Uint8Array.prototype) ?? Uint8Array.prototype

/** superjson's own form: a list of the elements. */
function elementsForm(type: ElementsClass & { from(elements: readonly number[]): object }): WireForm {
  return {
    annotation: ['typed-array', type.name],
    toJson: (value: Iterable<number>) => [...value],
    isVerbatim: false,
    fromJson: (json) => {
      if (!Array.isArray(json)) throw new TypeError('a list of numbers was expected')
      const copy = type.from(json as number[])
      // Each element is what the class makes of it, or it was no number of this class.
      if (!json.every((element, index) => Object.is(element, Reflect.get(copy, index)))) {
        throw new RangeError(`no elements of a ${type.name}`)
      }
      return copy
    },
  }
}

function bytesForm(type: ElementsClass | DataViewConstructor): WireForm {
  return {
    annotation: extension(type.name),
    toJson: (value: ArrayBufferView) => bytesOf(value).toString('base64'),
    isVerbatim: true,
    fromJson: (json) => new type(arrayBufferFrom(bytesFrom(json))),
  }
}

function arrayType(type: ElementsClass, forms: readonly WireForm[]): BuiltInType {
  return {
    prototype: type.prototype,
    flaw: viewFlaw(
      isOfClass(type),
      (view) => new type(view.buffer, view.byteOffset, view.byteLength / type.BYTES_PER_ELEMENT),
    ),
    forms,
    copy: (value: ArrayBufferView) => copyView(value, type),
    maxBytes: maxBytesOfBinary,
  }
}

/** A number of four bytes takes at most 25 characters. */
function maxBytesOfBinary({ byteLength }: { readonly byteLength: number }): number {
  return ANNOTATION_BYTES + byteLength * 7
}

/** Each UTF-16 unit may be an escape of six characters, such as `\\u0000`, and escaped once more. */
function maxBytesOfText(text: string): number {
  return ANNOTATION_BYTES + text.length * 12
}

/** No annotation takes more, but for those with a name of the user's own. */
export const ANNOTATION_BYTES = 64

const isFiniteAndNotNegativeZero = (element: number): boolean =>
  Number.isFinite(element) && !Object.is(element, -0)

/** superjson writes JSON numbers, which lose `NaN`, infinities and `-0`. */
function floatForm(type: (typeof FLOAT_ARRAYS)[number]): WireForm {
  return {
    ...elementsForm(type),
    applies: (value: InstanceType<typeof type>) => value.every(isFiniteAndNotNegativeZero),
  }
}

function isRegExpText(text: string): boolean {
  return text.startsWith('/') && text.lastIndexOf('/') > 0
}

/** Every built-in class whose instances travel as they are; containers and errors aside. */
export const BUILT_IN_TYPES: readonly BuiltInType[] = [
  {
    prototype: Date.prototype,
    flaw: flawOf(types.isDate),
    forms: [
      {
        annotation: 'Date',
        applies: (value: Date) => !Number.isNaN(value.getTime()),
        toJson: (value: Date) => value.toISOString(),
        isVerbatim: true,
        fromJson: (json) => {
          const date = new Date(textOf(json))
          if (Number.isNaN(date.getTime())) throw new RangeError('no date')
          return date
        },
      },
      {
        annotation: extension('InvalidDate'),
        toJson: () => null,
        isVerbatim: false,
        fromJson: () => new Date(Number.NaN),
      },
    ],
    copy: (value: Date) => new Date(value),
    maxBytes: () => ANNOTATION_BYTES,
  },
  {
    prototype: RegExp.prototype,
    flaw: (value) =>
      flawOf(types.isRegExp, 'lastIndex')(value) ??
      (Number.isSafeInteger((value as RegExp).lastIndex) ? undefined : 'has a lastIndex that is no integer'),
    forms: [
      {
        annotation: 'regexp',
        applies: (value: RegExp) => Object.is(value.lastIndex, 0),
        toJson: (value: RegExp) => String(value),
        isVerbatim: false,
        fromJson: (json) => {
          const text = textOf(json)
          if (!isRegExpText(text)) throw new TypeError('no regular expression')
          const end = text.lastIndexOf('/')
          return new RegExp(text.slice(1, end), text.slice(end + 1))
        },
      },
      {
        annotation: extension('RegExp'),
        toJson: ({ source, flags, lastIndex }: RegExp) => [
          source,
          flags,
          Object.is(lastIndex, -0) ? '-0' : lastIndex,
        ],
        isVerbatim: false,
        fromJson: (json) => {
          if (!Array.isArray(json)) throw new TypeError('no regular expression')
          const [source, flags, lastIndex] = json as unknown[]
          return Object.assign(new RegExp(textOf(source), textOf(flags)), { lastIndex: Number(lastIndex) })
        },
      },
    ],
    copy: (value: RegExp) =>
      Object.assign(new RegExp(value.source, value.flags), { lastIndex: value.lastIndex }),
    maxBytes: ({ source }: RegExp) => maxBytesOfText(source),
  },
  {
    prototype: URL.prototype,
    flaw: (value) =>
      flawOf(isUrl)(value) ?? (isReadAgain(value as URL) ? undefined : 'not read again as it is'),
    forms: [
      {
        annotation: 'URL',
        toJson: (value: URL) => value.href,
        isVerbatim: false,
        fromJson: (json) => new URL(textOf(json)),
      },
    ],
    copy: (value: URL) => new URL(value),
    maxBytes: ({ href }: URL) => maxBytesOfText(href),
  },
  {
    prototype: ArrayBuffer.prototype,
    flaw: bufferFlaw,
    forms: [
      {
        annotation: extension('ArrayBuffer'),
        toJson: (value: ArrayBuffer) => Buffer.from(value).toString('base64'),
        isVerbatim: true,
        fromJson: (json) => arrayBufferFrom(bytesFrom(json)),
      },
    ],
    copy: (value: ArrayBuffer) => value.slice(0),
    maxBytes: maxBytesOfBinary,
  },
  {
    prototype: Buffer.prototype as object,
    flaw: viewFlaw(isOfClass(Uint8Array), bytesOf),
    forms: [
      {
        annotation: extension('Buffer'),
        toJson: (value: Buffer) => value.toString('base64'),
        isVerbatim: true,
        fromJson: bytesFrom,
      },
    ],
    copy: (value: Buffer) => Buffer.from(value),
    maxBytes: maxBytesOfBinary,
  },
  {
    prototype: DataView.prototype,
    flaw: viewFlaw(types.isDataView, (view) => new DataView(view.buffer, view.byteOffset, view.byteLength)),
    forms: [bytesForm(DataView)],
    copy: (value: DataView) => copyView(value, DataView),
    maxBytes: maxBytesOfBinary,
  },
  ...INTEGER_ARRAYS.map((type) => arrayType(type, [elementsForm(type)])),
  ...FLOAT_ARRAYS.map((type) => arrayType(type, [floatForm(type), bytesForm(type)])),
  ...BIGINT_ARRAYS.map((type) => arrayType(type, [bytesForm(type)])),
]

function isUrl(value: object): boolean {
  try {
    return typeof (value as URL).href === 'string'
  } catch {
    return false
  }
}

/** Some URLs that were changed piece by piece (an opaque path left with trailing spaces) parse to others. */
function isReadAgain({ href }: URL): boolean {
  try {
    return new URL(href).href === href
  } catch {
    return false
  }
}

const TYPE_OF_PROTOTYPE = new Map<object | null, BuiltInType>(
  BUILT_IN_TYPES.map((type) => [type.prototype, type]),
)

/** The built-in type that has exactly this prototype. */
export function builtInType(prototype: object | null): BuiltInType | undefined {
  return TYPE_OF_PROTOTYPE.get(prototype)
}

/** How a value of a built-in type is written. */
export function wireForm({ forms }: BuiltInType, value: object): WireForm {
  for (const form of forms) {
    if (form.applies === undefined || form.applies(value as never)) return form
  }
  throw new TypeError('a built-in type without a form for one of its values')
}
