import { types } from 'node:util'
import type { PortabilityOffence } from './errors.js'
import { isBuiltInErrorPrototype, NAMED_ERROR_FIELDS } from './error-fields.js'
import { formatPath, RESERVED_KEYS, type PathSegment } from './payload-path.js'
import { messageOf } from './thrown.js'

/** What a payload may hold beside JSON; see {@link examinePayload}. */
export interface PortableClasses {
  /** Whether instances of exactly this prototype are registered. */
  hasPrototype(prototype: object): boolean
  /** What a custom type makes of this value; `undefined` where none takes it. */
  serializeCustom(value: object): { readonly plain: unknown } | undefined
}

/** The finding about one payload. */
export interface Examination {
  /** Everything that would not survive, up to a limit; empty for a portable payload. */
  readonly offences: readonly PortabilityOffence[]
  /** Whether the payload is nothing but JSON: a tree of plain objects, arrays, strings, booleans, null and numbers. */
  readonly plain: boolean
  /** Whether an object stands at more than one place. */
  readonly shared: boolean
}

/** Deeper nesting than this is refused: it would overflow the stack of whoever walks it. */
const MAX_PAYLOAD_DEPTH = 500
const MAX_OFFENCES = 10
/** No text of 8 MiB holds more objects than this. */
const MAX_NODES = 4 * 1024 * 1024

/** Walks a payload once and says whether, and where not, it would survive the trip to another realm. */
export function examinePayload(value: unknown, root: string, classes: PortableClasses): Examination {
  const walk = new PayloadWalk(root, classes)
  try {
    walk.visit(value, 0)
  } catch (error) {
    // Proxies and getters of built-in fields can throw anything.
    walk.refuse(`a value that cannot be read: ${messageOf(error)}`)
  }
  return walk
}

class PayloadWalk implements Examination {
  readonly offences: PortabilityOffence[] = []
  plain = true
  shared = false
  readonly #root: string
  readonly #classes: PortableClasses
  readonly #path: PathSegment[] = []
  /** Objects that have been walked, with how many objects are in them. */
  readonly #sizes = new Map<object, number>()
  #nodes = 0
  readonly #ancestors = new Set<object>()

  constructor(root: string, classes: PortableClasses) {
    this.#root = root
    this.#classes = classes
  }

  visit(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return
      case 'number':
        if (!Number.isFinite(value) || Object.is(value, -0)) this.plain = false
        return
      case 'undefined':
      case 'bigint':
        this.plain = false
        return
      case 'object':
        if (value !== null) this.#visitObject(value, depth)
        return
      default:
        this.refuse(describe(value))
    }
  }

  #visitObject(value: object, depth: number): void {
    const size = this.#sizes.get(value)
    if (size !== undefined) {
      this.plain = false
      this.shared = true
      // What is shared is written out at each place; the text must not explode.
      this.#count(size)
      return
    }
    if (this.#ancestors.has(value)) {
      this.plain = false
      this.shared = true
      const cycle = [...this.#ancestors]
      const opaque = cycle.slice(cycle.indexOf(value)).find(isOpaque)
      if (opaque) this.refuse(`a cycle through ${describeClass(opaque)}`)
      return
    }
    if (depth >= MAX_PAYLOAD_DEPTH) {
      this.refuse(`nested deeper than ${String(MAX_PAYLOAD_DEPTH)} levels`)
      return
    }
    const before = this.#nodes
    this.#count(1)
    this.#ancestors.add(value)
    if (Array.isArray(value)) this.#visitArray(value, depth)
    else if (this.#isPlainObject(value)) this.#visitFields(value, depth)
    else this.#visitInstance(value, depth)
    this.#ancestors.delete(value)
    this.#sizes.set(value, this.#nodes - before)
  }

  #count(nodes: number): void {
    const isTooMany = this.#nodes <= MAX_NODES && this.#nodes + nodes > MAX_NODES
    this.#nodes += nodes
    if (isTooMany) this.refuse(`more than ${String(MAX_NODES)} objects once what is shared is written out`)
  }

  #visitArray(value: readonly unknown[], depth: number): void {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Array.prototype) {
      this.refuse(describe(value))
      return
    }
    const keys = Reflect.ownKeys(value)
    if (keys.length !== value.length + 1) {
      const extra = keys.find((key) => key !== 'length' && !isArrayIndex(key))
      this.refuse(
        extra === undefined ? 'a sparse array' : `an array with a property ${String(extra)} of its own`,
      )
      return
    }
    for (let index = 0; index < value.length; index += 1) {
      this.#path.push(index)
      const descriptor = Reflect.getOwnPropertyDescriptor(value, index)
      if (descriptor === undefined || !('value' in descriptor)) this.refuse('an accessor')
      else this.visit(descriptor.value, depth + 1)
      this.#path.pop()
      if (this.offences.length >= MAX_OFFENCES) return
    }
  }

  #isPlainObject(value: object): boolean {
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === Object.prototype) return true
    if (prototype !== null) return false
    this.plain = false
    return true
  }

  /** The own fields of an object: all of them enumerable data under string keys, or the object is refused. */
  #visitFields(value: object, depth: number, ignored?: ReadonlySet<string>): void {
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'string' && ignored?.has(key)) continue
      if (typeof key === 'symbol') {
        this.refuse(`an object with a symbol key ${String(key)}`)
        continue
      }
      this.#path.push(key)
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key)
      if (RESERVED_KEYS.has(key)) this.refuse('a reserved key')
      else if (descriptor === undefined || !('value' in descriptor)) this.refuse('an accessor')
      else if (!descriptor.enumerable) this.refuse('a non-enumerable property')
      else this.visit(descriptor.value, depth + 1)
      this.#path.pop()
      if (this.offences.length >= MAX_OFFENCES) return
    }
  }

  #visitInstance(value: object, depth: number): void {
    this.plain = false
    const prototype = Object.getPrototypeOf(value) as object
    const custom = this.#classes.serializeCustom(value)
    if (custom !== undefined) {
      this.visit(custom.plain, depth + 1)
    } else if (this.#classes.hasPrototype(prototype)) {
      if (types.isNativeError(value)) this.#visitError(value, depth)
      else this.#visitFields(value, depth)
    } else if (types.isMap(value) && prototype === Map.prototype) {
      this.#visitEntries([...value.keys()], 'Map key', depth)
      this.#visitEntries([...value.values()], 'Map value', depth)
      this.#refuseFields(value)
    } else if (types.isSet(value) && prototype === Set.prototype) {
      this.#visitEntries([...value], 'Set', depth)
      this.#refuseFields(value)
    } else if (isBuiltInErrorPrototype(prototype) && types.isNativeError(value)) {
      this.#visitError(value, depth)
    } else if (isBinary(value, prototype)) {
      return
    } else if (types.isDate(value) && prototype === Date.prototype) {
      this.#refuseFields(value)
    } else if (types.isRegExp(value) && prototype === RegExp.prototype) {
      this.#refuseFields(value, 'lastIndex')
      if (!Number.isSafeInteger(value.lastIndex)) this.refuse('a RegExp whose lastIndex is no integer')
    } else if (prototype === URL.prototype) {
      if (isRealUrl(value)) this.#refuseFields(value)
      else this.refuse(describe(value))
    } else {
      this.refuse(describe(value))
    }
  }

  /** Fields of one's own on a value that travels without them. */
  #refuseFields(value: object, ignored?: string): void {
    const field = Reflect.ownKeys(value).find((key) => key !== ignored)
    if (field !== undefined)
      this.refuse(`${describeClass(value)} with a property ${String(field)} of its own`)
  }

  #visitEntries(values: readonly unknown[], collection: string, depth: number): void {
    values.forEach((value, index) => {
      if (this.offences.length >= MAX_OFFENCES) return
      this.#path.push({ collection, index })
      this.visit(value, depth + 1)
      this.#path.pop()
    })
  }

  #visitError(error: object, depth: number): void {
    for (const key of ['name', 'message', 'stack'] as const) {
      const text: unknown = (error as Error)[key]
      if (text !== undefined && typeof text !== 'string') this.refuse(`an error whose ${key} is no string`)
    }
    this.#visitFields(error, depth, NAMED_ERROR_FIELDS)
    for (const key of ['cause', 'errors'] as const) {
      const descriptor = Reflect.getOwnPropertyDescriptor(error, key)
      if (descriptor === undefined) continue
      this.#path.push(key)
      if ('value' in descriptor) this.visit(descriptor.value, depth + 1)
      else this.refuse('an accessor')
      this.#path.pop()
    }
  }

  /** Notes an offence at the place that the walk has come to. */
  refuse(found: string): void {
    this.offences.push({ path: formatPath(this.#root, this.#path), found })
  }
}

/** superjson restores cycles through arrays, plain objects and collections, and loses them through anything else. */
function isOpaque(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  const isPlain = prototype === null || prototype === Object.prototype
  return !isPlain && !Array.isArray(value) && !types.isMap(value) && !types.isSet(value)
}

function isArrayIndex(key: string | symbol): boolean {
  return typeof key === 'string' && String(Number(key) >>> 0) === key
}

const BINARY_PROTOTYPES: ReadonlySet<unknown> = new Set([
  ArrayBuffer.prototype,
  DataView.prototype,
  Buffer.prototype,
  Int8Array.prototype,
  Uint8Array.prototype,
  Uint8ClampedArray.prototype,
  Int16Array.prototype,
  Uint16Array.prototype,
  Int32Array.prototype,
  Uint32Array.prototype,
  Float32Array.prototype,
  Float64Array.prototype,
  BigInt64Array.prototype,
  BigUint64Array.prototype,
])

function isBinary(value: object, prototype: unknown): boolean {
  if (!BINARY_PROTOTYPES.has(prototype)) return false
  if (ArrayBuffer.isView(value)) return !isDetached(value.buffer)
  return types.isArrayBuffer(value) && !isDetached(value)
}

/** Whether a buffer was transferred away; `ArrayBuffer.prototype.detached` needs Node.js 22. */
function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    return new Uint8Array(buffer).byteLength !== buffer.byteLength
  } catch {
    return true
  }
}

function isRealUrl(value: object): boolean {
  try {
    return typeof (value as URL).href === 'string'
  } catch {
    return false
  }
}

/** What a refused value is, in words: `function onClick`, `instance of Connection (class not registered)`. */
function describe(value: unknown): string {
  if (typeof value === 'function') {
    const name: unknown = value.name
    return typeof name === 'string' && name !== '' ? `function ${name}` : 'an anonymous function'
  }
  if (typeof value === 'symbol') return String(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (types.isPromise(value)) return 'a promise (await it first)'
  return `${describeClass(value)} (class not registered)`
}

function describeClass(value: object): string {
  const name = constructorName(value)
  return name === undefined ? 'an object of an unknown class' : `instance of ${name}`
}

function constructorName(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value) as object | null
  const descriptor = prototype && Reflect.getOwnPropertyDescriptor(prototype, 'constructor')
  const constructor: unknown = descriptor?.value
  if (typeof constructor !== 'function') return undefined
  const name: unknown = constructor.name
  return typeof name === 'string' && name !== '' ? name : undefined
}
