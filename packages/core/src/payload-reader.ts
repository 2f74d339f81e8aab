import { RESERVED_KEYS } from './payload-path.js'
import { BUILT_IN_TYPES, EXTENSION_PREFIX } from './payload-types.js'

/** Reads a value whose annotation is none of the built-in ones, from JSON that was read already. */
export type ReadRegistered = (json: unknown, annotation: unknown) => unknown

/** The version of superjson's format: paths escape dots and backslashes. */
const FORMAT_VERSION = 1

/**
 * Reads superjson's `{ json, meta }`, in time linear in its size. Annotations are taken at their word only where they fit:
 * each path must lead, through own properties of plain JSON, to a value of the kind that the annotation is for.
 *
 * @param envelope what `JSON.parse` made of a text; changed in place
 * @throws TypeError, RangeError or SyntaxError where the envelope was not written by superjson or by this package
 */
export function readEnvelope(envelope: unknown, readRegistered: ReadRegistered): unknown {
  const { json, meta } = recordOf(envelope)
  if (json === undefined) throw new TypeError('no { json, meta } object')
  if (meta === undefined) return json
  const { values, referentialEqualities, v } = recordOf(meta)
  if (v !== FORMAT_VERSION) throw new TypeError('meta of an unknown version')
  const reader = new EnvelopeReader(readRegistered)
  const value = values === undefined ? json : reader.annotated(json, values)
  if (referentialEqualities === undefined) return value
  return new SharedReferences(value, reader.foreign).restore(referentialEqualities)
}

/** Reads one value by its annotation; what is inside it has been read. */
export function readAnnotated(json: unknown, annotation: unknown, readRegistered: ReadRegistered): unknown {
  switch (annotation) {
    case 'set':
      return new Set(listOf(json))
    case 'map':
      return new Map(listOf(json).map(entryOf))
    case 'undefined':
      return undefined
    case 'bigint':
      return bigintOf(json)
    case 'number':
      if (!SPECIAL_NUMBERS.has(json)) throw new TypeError('no such number')
      return Number(json)
    default: {
      const key = typeof annotation === 'string' ? annotation : annotationKey(annotation)
      const read = READERS.get(key)
      return read ? read(json) : readRegistered(json, annotation)
    }
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('no { json, meta } object')
  }
  return value as Readonly<Record<string, unknown>>
}

/** A plain object or array, as `JSON.parse` makes them. */
type Container = Record<string, unknown>

class EnvelopeReader {
  readonly #readRegistered: ReadRegistered
  /** What has been read; paths lead through JSON that has not. */
  readonly #finished = new WeakSet()
  /** What functions of the user's own made, which is theirs. */
  readonly foreign = new WeakSet()

  constructor(readRegistered: ReadRegistered) {
    this.#readRegistered = readRegistered
  }

  /** @param node `[annotation, inner?]` for the value itself, or annotations of what is inside by their paths */
  annotated(json: unknown, node: unknown): unknown {
    if (!Array.isArray(node)) {
      this.#readInner(json, node)
      return json
    }
    const [annotation, inner] = node as unknown[]
    if (inner !== undefined) this.#readInner(json, inner)
    const value = readAnnotated(json, annotation, this.#readRegistered)
    if (typeof value === 'object' && value !== null) {
      this.#finished.add(value)
      if (isOfUsers(annotation)) this.foreign.add(value)
    }
    return value
  }

  #readInner(json: unknown, inner: unknown): void {
    const annotations = recordOf(inner)
    for (const path in annotations) {
      let container = this.#containerAt(json)
      let key = path
      // Most paths are one key.
      if (path.includes('.') || path.includes('\\')) {
        const segments = parsePath(path)
        key = segments.pop() ?? ''
        for (const segment of segments) container = this.#containerAt(childOf(container, segment))
      }
      container[key] = this.annotated(childOf(container, key), annotations[path])
    }
  }

  #containerAt(value: unknown): Container {
    if (typeof value !== 'object' || value === null || this.#finished.has(value)) {
      throw new TypeError('an annotation that leads nowhere')
    }
    return value as Container
  }
}

const SPECIAL_NUMBERS: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity', '-0'])

const READERS = new Map(
  BUILT_IN_TYPES.flatMap(({ forms }) => forms).map(({ annotation, fromJson }) => [
    annotationKey(annotation),
    fromJson,
  ]),
)

function annotationKey(annotation: unknown): string {
  if (!Array.isArray(annotation)) return String(annotation)
  const [kind, name] = annotation as unknown[]
  return `${String(kind)} ${String(name)}`
}

/** Whether a function of the user's own makes the value. */
function isOfUsers(annotation: unknown): boolean {
  if (!Array.isArray(annotation)) return false
  const [kind, name] = annotation as unknown[]
  return kind === 'custom' && !String(name).startsWith(EXTENSION_PREFIX)
}

function listOf(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw new TypeError('a list was expected')
  return json
}

function entryOf(json: unknown): [unknown, unknown] {
  const [key, value, ...others] = listOf(json)
  if (others.length > 0) throw new TypeError('an entry of a Map has a key and a value')
  return [key, value]
}

function bigintOf(json: unknown): bigint {
  if (typeof json !== 'string' || !/^-?\d+$/.test(json)) throw new TypeError('no bigint')
  return BigInt(json)
}

/** The value of an own property: what JSON does not hold is nowhere. */
function childOf(container: object, key: string): unknown {
  const isLength = key === 'length' && Array.isArray(container)
  if (RESERVED_KEYS.has(key) || isLength || !Object.hasOwn(container, key)) {
    throw new TypeError('a path that leads nowhere')
  }
  return (container as Container)[key]
}

/** The keys of a path, as superjson escapes them. */
function parsePath(path: string): string[] {
  const segments: string[] = []
  let segment = ''
  for (let index = 0; index < path.length; index += 1) {
    const char = path.charAt(index)
    if (char === '.') {
      segments.push(segment)
      segment = ''
    } else if (char === '\\') {
      index += 1
      const escaped = path.charAt(index)
      if (escaped !== '\\' && escaped !== '.') throw new TypeError('a path with an unknown escape')
      segment += escaped
    } else {
      segment += char
    }
  }
  segments.push(segment)
  return segments
}

/** The members of a Set or entries of a Map, by position, while references are restored. */
type Members = unknown[]

/** Puts one object where superjson noted that several paths lead to it. */
class SharedReferences {
  readonly #root: unknown
  readonly #foreign: WeakSet<object>
  /** Collections keep the order that they were written in, whichever members are replaced. */
  readonly #sets = new Map<Set<unknown>, Members>()
  readonly #maps = new Map<Map<unknown, unknown>, Members[]>()

  constructor(root: unknown, foreign: WeakSet<object>) {
    this.#root = root
    this.#foreign = foreign
  }

  restore(annotations: unknown): unknown {
    const [rootPaths, groups] = Array.isArray(annotations) ? (annotations as unknown[]) : [[], annotations]
    for (const path of listOf(rootPaths)) this.#assign(pathOf(path), this.#root)
    if (groups !== undefined) {
      const byPath = recordOf(groups)
      for (const path in byPath) {
        const shared = parsePath(path).reduce<unknown>(this.#step, this.#root)
        for (const other of listOf(byPath[path])) this.#assign(pathOf(other), shared)
      }
    }
    for (const [set, members] of this.#sets) refill(set, members, (member) => set.add(member))
    for (const [map, entries] of this.#maps) refill(map, entries, ([key, value]) => map.set(key, value))
    return this.#root
  }

  readonly #step = (container: unknown, key: string): unknown => {
    if (typeof container !== 'object' || container === null) throw new TypeError('a path that leads nowhere')
    return childOf(this.#membersOf(container), key)
  }

  #assign(path: readonly string[], shared: unknown): void {
    const container = path.slice(0, -1).reduce<unknown>(this.#step, this.#root)
    const key = path.at(-1) ?? ''
    this.#step(container, key)
    Object.defineProperty(this.#membersOf(container as object), key, { value: shared })
  }

  /** What the keys of a path are keys of: of a collection, they are positions. */
  #membersOf(container: object): object {
    if (this.#foreign.has(container)) throw new TypeError('a path into a value of a custom type')
    if (container instanceof Set) {
      const members = this.#sets.get(container) ?? [...(container as Set<unknown>)]
      this.#sets.set(container, members)
      return members
    }
    if (container instanceof Map) {
      const entries = this.#maps.get(container) ?? [...container]
      this.#maps.set(container, entries)
      return entries
    }
    return container
  }
}

function refill<Member>(
  collection: { clear(): void },
  members: readonly Member[],
  add: (member: Member) => void,
): void {
  collection.clear()
  for (const member of members) add(member)
}

function pathOf(path: unknown): string[] {
  if (typeof path !== 'string') throw new TypeError('a path was expected')
  return parsePath(path)
}
