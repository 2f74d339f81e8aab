import { types } from 'node:util'
import { blankError, describeError, fillError } from './error-fields.js'
import { RESERVED_KEYS } from './payload-path.js'
import type { PayloadRegistry } from './payload-registry.js'
import { builtInType, SYMBOL_FOR, wireForm, type Annotation } from './payload-types.js'

/** Reads a value of a built-in type, a symbol, or a primitive that JSON lacks. */
export type ReadLeaf = (json: unknown, annotation: unknown) => unknown

/** A reference to a node, by its index; or a primitive, with its annotation where JSON lacks it. */
type Slot = number | readonly [json: unknown, annotation?: Annotation]
/** Pairs, so that no key of a payload is a key of the text. */
type Fields = readonly (readonly [key: string, slot: Slot])[]

/** An object of the payload. Each is written once, wherever it stands. */
type Node =
  | readonly [kind: 'leaf', json: unknown, annotation: Annotation]
  | readonly [kind: 'array' | 'set', members: readonly Slot[]]
  | readonly [kind: 'map', entries: readonly (readonly [key: Slot, value: Slot])[]]
  | readonly [kind: 'object' | 'bare', fields: Fields]
  | readonly [kind: 'instance', className: string, fields: Fields]
  | readonly [kind: 'error', type: string, className: string | null, hidden: Fields, fields: Fields]
  | readonly [kind: 'custom', name: string, plain: Slot]

/** A payload as a table of its objects, for whatever superjson cannot restore as it was. */
export interface PayloadGraph {
  readonly root: Slot
  readonly nodes: readonly Node[]
}

/** The table of a portable payload's objects. */
export function graphOf(value: unknown, registry: PayloadRegistry): PayloadGraph {
  const nodes: Node[] = []
  const indexes = new Map<object, number>()

  const slotOf = (child: unknown): Slot => {
    switch (typeof child) {
      case 'object': {
        if (child === null) return [null]
        const known = indexes.get(child)
        if (known !== undefined) return known
        const index = nodes.length
        indexes.set(child, index)
        // Holds the place, for what refers to it from inside.
        nodes.push(['array', []])
        nodes[index] = nodeOf(child)
        return index
      }
      case 'number':
        if (Object.is(child, -0)) return ['-0', 'number']
        return Number.isFinite(child) ? [child] : [String(child), 'number']
      case 'undefined':
        return [null, 'undefined']
      case 'bigint':
        return [String(child), 'bigint']
      case 'symbol': {
        const key = Symbol.keyFor(child)
        return key === undefined
          ? [child.description ?? null, ['symbol', String(registry.symbolName(child))]]
          : [key, SYMBOL_FOR]
      }
      default:
        return [child]
    }
  }
  const fieldsOf = (fields: object): Fields =>
    Object.entries(fields).map(([key, field]) => [key, slotOf(field)] as const)

  const nodeOf = (object: object): Node => {
    const prototype = Object.getPrototypeOf(object) as object | null
    const isArray = Array.isArray(object)
    if (prototype === null) return ['bare', fieldsOf(object)]
    if (isArray) return ['array', object.map(slotOf)]
    if (prototype === Object.prototype) return ['object', fieldsOf(object)]
    const custom = registry.customOf(object)
    if (custom) return ['custom', custom.name, slotOf(custom.serialize(object))]
    const type = builtInType(prototype)
    if (type) {
      const { annotation, toJson } = wireForm(type, object)
      return ['leaf', toJson(object as never), annotation]
    }
    if (types.isMap(object)) {
      return ['map', [...object].map(([key, member]) => [slotOf(key), slotOf(member)] as const)]
    }
    if (types.isSet(object)) return ['set', [...object].map(slotOf)]
    const className = registry.className(prototype)
    if (types.isNativeError(object)) {
      const { type: errorType, hidden, fields } = describeError(object)
      return ['error', errorType, className ?? null, fieldsOf(hidden), fieldsOf(fields)]
    }
    // Plain objects of another context have no registered class.
    return className === undefined ? ['object', fieldsOf(object)] : ['instance', className, fieldsOf(object)]
  }

  return { root: slotOf(value), nodes }
}

/**
 * The payload that {@link graphOf} described.
 *
 * @throws TypeError or RangeError where `graph` is not such a table, or names what this realm has not registered
 */
export function readGraph(graph: unknown, registry: PayloadRegistry, readLeaf: ReadLeaf): unknown {
  const { root, nodes } = recordOf(graph)
  const table = listOf(nodes)
  const objects = new Map<number, unknown>()

  const read = (slot: unknown): unknown => {
    if (typeof slot !== 'number') {
      const [json, annotation] = listOf(slot)
      if (annotation !== undefined) return readLeaf(json, annotation)
      if (typeof json === 'object' && json !== null) throw new TypeError('an object outside the table')
      return json
    }
    if (objects.has(slot)) return objects.get(slot)
    return readNode(slot, listOf(table[slot]))
  }
  /** Known before what is inside is read, so that this can refer to it. */
  const begin = <Shell>(index: number, shell: Shell): Shell => {
    objects.set(index, shell)
    return shell
  }
  const fill = (target: object, fields: unknown): object => {
    for (const [key, field] of readFields(fields)) {
      Object.defineProperty(target, key, {
        value: field,
        writable: true,
        configurable: true,
        enumerable: true,
      })
    }
    return target
  }
  const readFields = (fields: unknown): [string, unknown][] =>
    listOf(fields).map((pair) => {
      const [key, slot] = listOf(pair)
      if (typeof key !== 'string' || RESERVED_KEYS.has(key)) throw new TypeError('no key of a field')
      return [key, read(slot)]
    })
  const prototypeOf = (className: unknown): object => {
    const prototype = registry.classPrototype(String(className))
    if (prototype === undefined) throw new TypeError(`the class ${String(className)} is not registered here`)
    return prototype
  }

  const readNode = (index: number, node: readonly unknown[]): unknown => {
    const [kind, first, second, third, fourth] = node
    switch (kind) {
      case 'leaf':
        return begin(index, readLeaf(first, second))
      case 'array': {
        const array: unknown[] = begin(index, [])
        for (const member of listOf(first)) array.push(read(member))
        return array
      }
      case 'set': {
        const set = begin(index, new Set())
        for (const member of listOf(first)) set.add(read(member))
        return set
      }
      case 'map': {
        const map = begin(index, new Map())
        for (const entry of listOf(first)) {
          const [key, member] = listOf(entry)
          map.set(read(key), read(member))
        }
        return map
      }
      case 'object':
        return fill(begin(index, {}), first)
      case 'bare':
        return fill(begin(index, Object.create(null) as object), first)
      case 'instance':
        return fill(begin(index, Object.create(prototypeOf(first)) as object), second)
      case 'error': {
        const error = begin(
          index,
          blankError(String(first), second === null ? undefined : prototypeOf(second)),
        )
        fillError(error, {
          hidden: Object.fromEntries(readFields(third)),
          fields: Object.fromEntries(readFields(fourth)),
        })
        return error
      }
      case 'custom': {
        const custom = registry.customNamed(String(first))
        if (custom === undefined)
          throw new TypeError(`the custom type ${String(first)} is not registered here`)
        return begin(index, custom.deserialize(read(second)))
      }
      default:
        throw new TypeError('no such kind of object')
    }
  }

  return read(root)
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('an object was expected')
  return value as Readonly<Record<string, unknown>>
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('a list was expected')
  return value
}
