import { types } from 'node:util'
import { isBuiltInErrorPrototype, NAMED_ERROR_FIELDS } from './error-fields.js'
import type { PortabilityOffence } from '../errors/errors.js'
import { isEscapedKey, MISREADS_ESCAPED_KEYS } from './json-keys.js'
import { formatPath, RESERVED_KEYS, type PathSegment } from './payload-path.js'
import type { PayloadRegistry } from './payload-registry.js'
import { builtInType } from './payload-types.js'
import { isError, messageOf } from '../errors/thrown.js'

/** The finding about one payload. */
export interface Examination {
  /** Everything that would not survive, up to a limit; empty for a portable payload. */
  readonly offences: readonly PortabilityOffence[]
  /** Whether an object stands at more than one place, or inside itself. */
  readonly isShared: boolean
  /** Whether it holds what superjson alone would lose: errors, and fields that their class has an accessor for. */
  readonly isBeyondSuperjson: boolean
}

const MAX_OFFENCES = 10

/** Walks a payload and says whether, and where not, it would survive the trip to another realm. */
export function examinePayload(
  value: unknown,
  root: string,
  registry: PayloadRegistry,
  maxDepth: number,
): Examination {
  const walk = new PayloadWalk(root, registry, maxDepth)
  try {
    walk.visit(value, 0)
  } catch (error) {
    // Proxies, getters of built-in fields and custom types can throw anything.
    walk.refuse(`a value that cannot be read: ${messageOf(error)}`)
  }
  return walk
}

class PayloadWalk implements Examination {
  readonly offences: PortabilityOffence[] = []
  isShared = false
  isBeyondSuperjson = false
  readonly #root: string
  readonly #registry: PayloadRegistry
  readonly #maxDepth: number
  readonly #path: PathSegment[] = []
  readonly #visited = new Set<object>()
  /** The objects that the walk is inside of, and whether each is of a custom type. */
  readonly #ancestors = new Map<object, boolean>()

  constructor(root: string, registry: PayloadRegistry, maxDepth: number) {
    this.#root = root
    this.#registry = registry
    this.#maxDepth = maxDepth
  }

  visit(value: unknown, depth: number): void {
    if (typeof value === 'symbol') {
      if (!isPortableSymbol(value, this.#registry)) this.refuse(describe(value))
      // superjson writes nothing for it.
      else this.isBeyondSuperjson ||= value.description === undefined
    } else if (typeof value === 'function') {
      this.refuse(describe(value))
    } else if (typeof value === 'object' && value !== null) {
      this.#visitObject(value, depth)
    }
  }

  #visitObject(value: object, depth: number): void {
    if (this.#visited.has(value)) {
      this.isShared = true
      if (this.#ancestors.has(value)) this.#checkCycle(value)
      return
    }
    if (depth >= this.#maxDepth) {
      this.refuse(`nested deeper than ${String(this.#maxDepth)} levels`)
      return
    }
    this.#visited.add(value)
    const prototype = Object.getPrototypeOf(value) as object | null
    const isPlain = isPlainPrototype(prototype)
    const custom = isPlain || Array.isArray(value) ? undefined : this.#registry.customOf(value)
    this.#ancestors.set(value, custom !== undefined)
    if (custom) {
      // Of the two, superjson would choose the class.
      this.isBeyondSuperjson ||= prototype !== null && this.#registry.className(prototype) !== undefined
      this.visit(custom.serialize(value), depth + 1)
    } else if (Array.isArray(value)) {
      this.isBeyondSuperjson ||= prototype !== Array.prototype
      this.#visitArray(value, prototype, depth)
    } else if (isPlain) {
      this.isBeyondSuperjson ||= prototype !== Object.prototype && prototype !== null
      this.#visitFields(value, depth)
    } else {
      this.#visitInstance(value, prototype, depth)
    }
    this.#ancestors.delete(value)
  }

  /** A custom type makes a value out of its finished data, so that this cannot hold the value. */
  #checkCycle(value: object): void {
    const ancestors = [...this.#ancestors]
    const start = ancestors.findIndex(([ancestor]) => ancestor === value)
    const custom = ancestors.slice(start).find(([, isCustom]) => isCustom)
    if (custom) this.refuse(`a cycle through ${describeClass(custom[0])}, which is of a custom type`)
  }

  #visitArray(value: readonly unknown[], prototype: object | null, depth: number): void {
    if (prototype !== Array.prototype && !isForeignPrototype(prototype, 'Array')) {
      this.refuse(describe(value))
      return
    }
    const extra = Reflect.ownKeys(value).find(
      (key) => typeof key === 'symbol' || (!isArrayIndex(key) && isEnumerable(value, key)),
    )
    if (extra !== undefined) {
      this.refuse(`an array with a property ${String(extra)} of its own`)
      return
    }
    for (let index = 0; index < value.length; index += 1) {
      const descriptor = Reflect.getOwnPropertyDescriptor(value, index)
      if (descriptor === undefined) {
        this.refuse('a sparse array')
        return
      }
      this.#visitProperty(index, descriptor, depth)
      if (this.offences.length >= MAX_OFFENCES) return
    }
  }

  /** The own fields of an object: all of them enumerable data under string keys, or the object is refused. */
  #visitFields(value: object, depth: number, ignored?: ReadonlySet<string>): void {
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'string' && ignored?.has(key) && !isEnumerable(value, key)) continue
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key)
      this.isBeyondSuperjson ||= MISREADS_ESCAPED_KEYS && typeof key === 'string' && isEscapedKey(key)
      if (typeof key === 'symbol') this.refuse(`an object with a symbol key ${String(key)}`)
      else this.#visitProperty(key, descriptor, depth)
      if (this.offences.length >= MAX_OFFENCES) return
    }
  }

  #visitProperty(key: string | number, descriptor: PropertyDescriptor | undefined, depth: number): void {
    this.#path.push(key)
    if (typeof key === 'string' && RESERVED_KEYS.has(key)) this.refuse('a reserved key')
    else if (descriptor === undefined || !('value' in descriptor)) this.refuse('an accessor')
    else if (!descriptor.enumerable) this.refuse('a non-enumerable property')
    else this.visit(descriptor.value, depth + 1)
    this.#path.pop()
  }

  #visitInstance(value: object, prototype: object | null, depth: number): void {
    const type = builtInType(prototype)
    if (type) {
      const flaw = type.flaw(value)
      if (flaw !== undefined) this.refuse(`${describeClass(value)}, ${flaw}`)
    } else if (prototype !== null && this.#registry.className(prototype) !== undefined) {
      if (types.isNativeError(value)) this.#visitError(value, depth)
      else this.#visitInstanceFields(value, prototype, depth)
    } else if (types.isMap(value) && prototype === Map.prototype) {
      this.#visitEntries([...value.keys()], 'Map key', depth)
      this.#visitEntries([...value.values()], 'Map value', depth)
      this.#refuseFields(value)
    } else if (types.isSet(value) && prototype === Set.prototype) {
      this.#visitEntries([...value], 'Set', depth)
      this.#refuseFields(value)
    } else if (isBuiltInErrorPrototype(prototype) && types.isNativeError(value)) {
      this.#visitError(value, depth)
    } else {
      this.refuse(describe(value))
    }
  }

  #visitInstanceFields(value: object, prototype: object, depth: number): void {
    this.isBeyondSuperjson ||=
      isError(value) || Object.keys(value).some((key) => !isAssignable(prototype, key))
    this.#visitFields(value, depth)
  }

  /** Fields of one's own on a value that travels without them. */
  #refuseFields(value: object): void {
    const [field] = Reflect.ownKeys(value)
    if (field !== undefined)
      this.refuse(`${describeClass(value)}, has a property ${String(field)} of its own`)
  }

  #visitEntries(values: readonly unknown[], collection: string, depth: number): void {
    values.forEach((value, index) => {
      if (this.offences.length >= MAX_OFFENCES) return
      this.#path.push({ collection, index })
      this.visit(value, depth + 1)
      this.#path.pop()
    })
  }

  #visitError(error: Error, depth: number): void {
    this.isBeyondSuperjson = true
    for (const key of ['name', 'message', 'stack'] as const) {
      const text: unknown = error[key]
      if (text !== undefined && typeof text !== 'string') this.refuse(`an error whose ${key} is no string`)
    }
    this.#visitFields(error, depth, NAMED_ERROR_FIELDS)
    for (const key of ['name', 'message', 'cause', 'errors'] as const) {
      const descriptor = Reflect.getOwnPropertyDescriptor(error, key)
      if (descriptor !== undefined && !descriptor.enumerable) {
        this.#visitProperty(key, { ...descriptor, enumerable: true }, depth)
      }
    }
  }

  /** Notes an offence at the place that the walk has come to. */
  refuse(found: string): void {
    if (this.offences.length >= MAX_OFFENCES) return
    this.offences.push({ path: formatPath(this.#root, this.#path), found })
  }
}

/** Whether objects of this prototype are nothing but their fields, be they of another `vm` context. */
function isPlainPrototype(prototype: object | null): boolean {
  return prototype === Object.prototype || prototype === null || isForeignPrototype(prototype, 'Object')
}

/** Whether this is the prototype of a built-in class of another `vm` context. */
function isForeignPrototype(prototype: object | null, name: string): boolean {
  if (prototype === null) return false
  const constructor: unknown = Reflect.getOwnPropertyDescriptor(prototype, 'constructor')?.value
  return (
    typeof constructor === 'function' &&
    constructor.prototype === prototype &&
    Function.prototype.toString.call(constructor) === `function ${name}() { [native code] }`
  )
}

/** Whether every realm has the symbol: under its global key, or registered. */
export function isPortableSymbol(symbol: symbol, registry: PayloadRegistry): boolean {
  return Symbol.keyFor(symbol) !== undefined || registry.symbolName(symbol) !== undefined
}

/** Whether assigning makes a field, as superjson relies on: an accessor of the prototype would be called instead. */
function isAssignable(prototype: object | null, key: string): boolean {
  let owner = prototype
  while (owner !== null && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner) as object | null
  return owner === null || Reflect.getOwnPropertyDescriptor(owner, key)?.writable === true
}

function isArrayIndex(key: string | symbol): boolean {
  return typeof key === 'string' && String(Number(key) >>> 0) === key
}

function isEnumerable(value: object, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, key)
}

/** What a refused value is, in words: `function onClick`, `instance of Connection (class not registered)`. */
function describe(value: unknown): string {
  if (typeof value === 'function') {
    const name: unknown = value.name
    return typeof name === 'string' && name !== '' ? `function ${name}` : 'an anonymous function'
  }
  if (typeof value === 'symbol') return `${String(value)} (symbol not registered)`
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
