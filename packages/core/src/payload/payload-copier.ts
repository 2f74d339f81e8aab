import { types } from 'node:util'
import { isPortableSymbol } from './payload-gate.js'
import type { PayloadLimits } from './payload-limits.js'
import {
  BEYOND,
  checkNoProperties,
  elementOf,
  elementsOf,
  fieldNames,
  fieldOf,
} from './payload-properties.js'
import type { PayloadRegistry } from './payload-registry.js'
import { ANNOTATION_BYTES, builtInType } from './payload-types.js'
import { VisitedObjects } from './visited-objects.js'

/** A copy, in an object of its own because the copy may be `undefined`. */
interface Copied {
  readonly copy: unknown
}

/**
 * Checks and copies, in one walk, a payload that is a tree of JSON values and built-in types, and that is certain to stay
 * within the limits once written.
 *
 * @returns the copy; `undefined` where the payload is anything else, which takes a closer look
 */
export function copyPayload(
  value: unknown,
  registry: PayloadRegistry,
  limits: Required<PayloadLimits>,
): Copied | undefined {
  if ('toJSON' in Object.prototype) return undefined
  try {
    const copier = new PayloadCopier(registry, limits.maxDepth)
    const copy = copier.copy(value, 0, 0)
    return copier.maxBytes > limits.maxPayloadBytes ? undefined : { copy }
  } catch {
    // Not only BEYOND: proxies can throw anything, and deep nesting overflows the stack.
    return undefined
  }
}

/** `{"json":` and `,"meta":{"values":{},"v":1}}`. */
const ENVELOPE_BYTES = 64
/** Longer than any number that is written, with its comma. */
const NUMBER_BYTES = 26
/** A UTF-16 unit may be an escape of six characters, such as `\u0000`. */
const UNIT_BYTES = 6
/** In the path of an annotation, that escape is escaped once more. */
const PATH_UNIT_BYTES = 12

/** Any index in a path, and in an entry of a map a second one of one digit, with their dots. */
const INDEX_BYTES = 14

class PayloadCopier {
  readonly #registry: PayloadRegistry
  readonly #maxDepth: number
  readonly #visited = new VisitedObjects()
  /** The text would not be longer. */
  maxBytes = ENVELOPE_BYTES

  constructor(registry: PayloadRegistry, maxDepth: number) {
    this.#registry = registry
    this.#maxDepth = maxDepth
  }

  /** @param pathBytes what the path of an annotation may take here */
  copy(value: unknown, depth: number, pathBytes: number): unknown {
    switch (typeof value) {
      case 'string':
        this.maxBytes += value.length * UNIT_BYTES + 3
        return value
      case 'number':
        this.maxBytes += NUMBER_BYTES
        if (value - value !== 0 || Object.is(value, -0)) this.#annotate(pathBytes)
        return value
      case 'boolean':
        this.maxBytes += 6
        return value
      case 'undefined':
        this.#annotate(pathBytes)
        return value
      case 'bigint':
        this.#annotate(pathBytes)
        this.maxBytes += String(value).length
        return value
      case 'symbol':
        if (!isPortableSymbol(value, this.#registry)) throw BEYOND
        this.#annotate(pathBytes)
        // Its description, or key, and its name.
        this.maxBytes += (value.description ?? '').length * UNIT_BYTES
        this.maxBytes += (this.#registry.symbolName(value) ?? '').length * UNIT_BYTES
        return value
      case 'object':
        if (value !== null) return this.#copyObject(value, depth, pathBytes)
        this.maxBytes += 5
        return value
      default:
        throw BEYOND
    }
  }

  #annotate(pathBytes: number): void {
    this.maxBytes += ANNOTATION_BYTES + pathBytes
  }

  #copyObject(value: object, depth: number, pathBytes: number): unknown {
    if (depth >= this.#maxDepth) throw BEYOND
    if (!this.#visited.isNew(value)) throw BEYOND
    this.maxBytes += 3
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === Object.prototype) return this.#copyFields(value, {}, depth, pathBytes)
    if (prototype === Array.prototype) return this.#copyElements(value, depth, pathBytes)
    this.#annotate(pathBytes)
    if (prototype === null) {
      return this.#copyFields(value, Object.create(null) as Record<string, unknown>, depth, pathBytes)
    }
    if (this.#registry.hasCustoms && this.#registry.customOf(value)) throw BEYOND
    const type = builtInType(prototype)
    if (type) {
      if (type.flaw(value) !== undefined) throw BEYOND
      this.maxBytes += type.maxBytes(value as never)
      return type.copy(value as never)
    }
    checkNoProperties(value)
    if (prototype === Map.prototype && types.isMap(value)) {
      const copy = new Map<unknown, unknown>()
      for (const [key, member] of value) {
        this.maxBytes += 3
        const keyCopy = this.#copyMember(key, depth, pathBytes)
        copy.set(keyCopy, this.#copyMember(member, depth, pathBytes))
      }
      return copy
    }
    if (prototype === Set.prototype && types.isSet(value)) {
      const copy = new Set<unknown>()
      for (const member of value) copy.add(this.#copyMember(member, depth, pathBytes))
      return copy
    }
    throw BEYOND
  }

  #copyFields(
    value: object,
    copy: Record<string, unknown>,
    depth: number,
    pathBytes: number,
  ): Record<string, unknown> {
    let missing = fieldNames(value).length
    for (const name in value) {
      missing -= 1
      this.maxBytes += name.length * UNIT_BYTES + 4
      copy[name] = this.copy(fieldOf(value, name), depth + 1, pathBytes + name.length * PATH_UNIT_BYTES + 1)
    }
    if (missing !== 0) throw BEYOND
    return copy
  }

  #copyElements(value: object, depth: number, pathBytes: number): unknown[] {
    const array = elementsOf(value)
    const copy: unknown[] = []
    for (let index = 0; index < array.length; index += 1) {
      copy.push(this.#copyMember(elementOf(array, index), depth, pathBytes))
    }
    return copy
  }

  #copyMember(member: unknown, depth: number, pathBytes: number): unknown {
    return this.copy(member, depth + 1, pathBytes + INDEX_BYTES)
  }
}

/** Copies once more, without the checks, what {@link copyPayload} has made. */
export function copyTree(tree: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return tree
  if (Array.isArray(tree)) return (tree as unknown[]).map(copyTree)
  const prototype = Object.getPrototypeOf(tree) as object | null
  if (prototype === Object.prototype) return copyNested({ ...tree })
  if (prototype === null)
    return copyNested(Object.assign(Object.create(null) as Record<string, unknown>, tree))
  if (types.isMap(tree)) return new Map([...tree].map(([key, member]) => [copyTree(key), copyTree(member)]))
  if (types.isSet(tree)) return new Set([...tree].map(copyTree))
  return builtInType(prototype)?.copy(tree as never)
}

function copyNested(copy: Record<string, unknown>): object {
  for (const name in copy) {
    const member = copy[name]
    // Not what some library has added to Object.prototype.
    if (typeof member === 'object' && member !== null && Object.hasOwn(copy, name))
      copy[name] = copyTree(member)
  }
  return copy
}
