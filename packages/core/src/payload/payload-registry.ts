import { types } from 'node:util'
import { isBuiltInErrorPrototype } from './error-fields.js'
import { InvalidOptionError } from '../errors/errors.js'
import { checkOptions, isFunction } from '../options.js'
import { builtInType, EXTENSION_PREFIX } from './payload-types.js'
import { showThrown } from '../errors/thrown.js'

// A class of any shape: its prototype is all that matters here.
export type AnyClass = abstract new (...args: never) => object

/** How values of a type of the user's own become plain data and back. */
export interface CustomType<Value extends object, Plain> {
  /** Whether `value` is of this type. */
  isApplicable(value: unknown): value is Value
  /** Plain, portable data that stands for `value`. */
  serialize(value: Value): Plain
  /** The value that `plain` stands for. */
  deserialize(plain: Plain): Value
}

/** A {@link CustomType} whose values and plain data are of no matter. */
export interface RegisteredType {
  readonly name: string
  readonly isApplicable: (value: unknown) => boolean
  readonly serialize: (value: unknown) => unknown
  readonly deserialize: (plain: unknown) => unknown
}

/** Names and things, one to one. */
class Names<Thing extends WeakKey> {
  readonly #names = new Map<Thing, string>()
  readonly #things = new Map<string, Thing>()

  nameOf(thing: Thing): string | undefined {
    return this.#names.get(thing)
  }

  named(name: string): Thing | undefined {
    return this.#things.get(name)
  }

  /** Gives the name of a thing to another. */
  replace(present: Thing, thing: Thing): string | undefined {
    const name = this.#names.get(present)
    if (name === undefined) return undefined
    this.#names.delete(present)
    this.#names.set(thing, name)
    this.#things.set(name, thing)
    return name
  }

  /** Whether this is news; registering the same pair again is not. */
  add(thing: Thing, name: string, what: string, where: string): boolean {
    if (this.#names.get(thing) === name) return false
    if (this.#names.has(thing) || this.#things.has(name)) {
      throw new InvalidOptionError(
        `${what} or the name ${JSON.stringify(name)} is already registered`,
        where,
        'register each once, under a name of its own',
      )
    }
    this.#names.set(thing, name)
    this.#things.set(name, thing)
    return true
  }
}

/** What became of a registration. */
interface Registration<Thing> {
  readonly thing: Thing
  /** Its name on the wire. */
  readonly identifier: string
  /** Whether it was not registered before. */
  readonly isNew: boolean
}

/** What a realm has registered beside the built-in types: classes, symbols, and types of the user's own. */
export class PayloadRegistry {
  readonly #prototypes = new Names<object>()
  readonly #symbols = new Names<symbol>()
  readonly #customs = new Map<string, RegisteredType>()

  /** The name of the class whose instances have exactly this prototype. */
  className(prototype: object): string | undefined {
    return this.#prototypes.nameOf(prototype)
  }

  classPrototype(name: string): object | undefined {
    return this.#prototypes.named(name)
  }

  symbolName(symbol: symbol): string | undefined {
    return this.#symbols.nameOf(symbol)
  }

  symbolNamed(name: string): symbol | undefined {
    return this.#symbols.named(name)
  }

  /** The first custom type, in the order of their registration, that takes this value. */
  customOf(value: unknown): RegisteredType | undefined {
    for (const custom of this.#customs.values()) if (custom.isApplicable(value)) return custom
    return undefined
  }

  customNamed(name: string): RegisteredType | undefined {
    return this.#customs.get(name)
  }

  get hasCustoms(): boolean {
    return this.#customs.size > 0
  }

  addClass(constructor: AnyClass, name?: string): Registration<object> {
    const prototype = checkClass(constructor)
    const where = 'payloads.registerClass'
    const identifier = checkName(name ?? constructor.name, where, 'a class')
    const isNew = this.#prototypes.add(prototype, identifier, `the class ${constructor.name}`, where)
    return { thing: prototype, identifier, isNew }
  }

  /** Gives the name of a class to another one, and says which that is. */
  replaceClass(present: AnyClass, constructor: AnyClass): string | undefined {
    return this.#prototypes.replace(present.prototype as object, checkClass(constructor))
  }

  addSymbol(symbol: symbol, name?: string): Registration<symbol> {
    const where = 'payloads.registerSymbol'
    // Callers without a type checker pass anything.
    if (typeof (symbol as unknown) !== 'symbol') {
      throw new InvalidOptionError(`${showThrown(symbol)} is not a symbol`, where, 'pass a symbol')
    }
    if (Symbol.keyFor(symbol) !== undefined) {
      throw new InvalidOptionError(
        `${String(symbol)} is the same in every realm already`,
        where,
        'symbols of Symbol.for travel without registration',
      )
    }
    const identifier = checkName(name ?? symbol.description ?? '', where, 'a symbol')
    return { thing: symbol, identifier, isNew: this.#symbols.add(symbol, identifier, String(symbol), where) }
  }

  addCustom<Value extends object, Plain>(name: string, type: CustomType<Value, Plain>): RegisteredType {
    const where = 'payloads.registerCustom'
    const isReserved = typeof name !== 'string' || name === '' || name.startsWith(EXTENSION_PREFIX)
    if (isReserved || name === '__proto__' || this.#customs.has(name)) {
      throw new InvalidOptionError(
        `the custom type name ${showThrown(JSON.stringify(name))} is empty, reserved or taken`,
        where,
        'choose another name, such as one prefixed with your package',
      )
    }
    const functions = { isApplicable: isFunction, serialize: isFunction, deserialize: isFunction }
    checkOptions(type, functions, () => `${where}(${JSON.stringify(name)})`)
    for (const option of Object.keys(functions)) {
      if (!(option in type)) {
        throw new InvalidOptionError(
          `the function ${option} is missing`,
          where,
          'a custom type has all three',
        )
      }
    }
    const registered: RegisteredType = {
      name,
      isApplicable: (value) => type.isApplicable(value),
      serialize: (value) => type.serialize(value as Value),
      deserialize: (plain) => type.deserialize(plain as Plain),
    }
    this.#customs.set(name, registered)
    return registered
  }
}

function checkName(name: unknown, where: string, what: string): string {
  if (typeof name === 'string' && name !== '') return name
  throw new InvalidOptionError(
    name === '' ? `${what} without a name cannot be registered` : `${showThrown(name)} is not a name`,
    where,
    'pass a name as the second argument',
  )
}

/** What these hold is not in fields, so copying fields would lose it. */
const CLASSES_WITH_CONTENTS: readonly AnyClass[] = [
  Map,
  Set,
  WeakMap,
  WeakSet,
  Date,
  RegExp,
  Promise,
  ArrayBuffer,
  SharedArrayBuffer,
  DataView,
  URL,
  Array,
  Function,
  String,
  Number,
  Boolean,
  Symbol as never,
  BigInt as never,
]

/** The prototype of a class whose instances are nothing but their fields. */
function checkClass(constructor: unknown): object {
  const where = 'payloads.registerClass'
  const prototype: unknown =
    typeof constructor === 'function' && !types.isProxy(constructor) ? constructor.prototype : undefined
  if (typeof prototype !== 'object' || prototype === null) {
    throw new InvalidOptionError(
      `${showThrown(constructor)} is not a class`,
      where,
      'pass a class; where it is imported, look for a circular import',
    )
  }
  if (!Object.hasOwn(prototype, 'constructor') || prototype.constructor !== constructor) {
    throw new InvalidOptionError(
      `the prototype of ${showThrown(constructor)} names another constructor`,
      where,
      'pass the class itself, whose prototype.constructor it is',
    )
  }
  const isView = prototype instanceof Object.getPrototypeOf(Uint8Array)
  const base = CLASSES_WITH_CONTENTS.find((type) => prototype instanceof type || prototype === type.prototype)
  if (isView || base || prototype === Object.prototype) {
    throw new InvalidOptionError(
      `instances of ${showThrown(constructor)} have contents that are not fields`,
      where,
      'register a class of your own, or say how it travels with payloads.registerCustom',
    )
  }
  if (isBuiltInErrorPrototype(prototype) || builtInType(prototype)) {
    throw new InvalidOptionError('instances of this class travel already', where, 'leave it unregistered')
  }
  return prototype
}
