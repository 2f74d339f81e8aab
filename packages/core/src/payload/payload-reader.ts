import { RESERVED_KEYS } from './payload-path.js'
import { BUILT_IN_TYPES, EXTENSION_PREFIX } from './payload-types.js'

/** Reads a value whose annotation is none of the built-in ones, from JSON that was read already. */
export type ReadRegistered = (json: unknown, annotation: unknown) => unknown

/** What a text says about its JSON: superjson's `meta`, taken apart. */
export interface Meta {
  readonly values: AnnotationPlan | undefined
  readonly sharing: readonly SharedPaths[]
}

/** How to read a value, after what is inside it. */
interface AnnotationPlan {
  /** `undefined` for plain objects and arrays. */
  readonly read: ((json: unknown, readRegistered: ReadRegistered) => unknown) | undefined
  /** Whether a function of the user's own makes the value. */
  readonly isForeign: boolean
  readonly inner: readonly InnerPlan[]
}

interface InnerPlan {
  /** The keys that lead to the container. */
  readonly containerPath: readonly string[]
  readonly key: string
  readonly plan: AnnotationPlan
}

/** Paths that lead to one object. */
interface SharedPaths {
  readonly path: readonly string[]
  readonly others: readonly (readonly string[])[]
}

/** The version of superjson's format in which paths escape dots and backslashes. */
const FORMAT_VERSION = 1

/**
 * Reads superjson's `meta`.
 *
 * @throws TypeError where it was not written by superjson or by this package
 */
export function readMeta(meta: unknown): Meta {
  const { values, referentialEqualities, v } = recordOf(meta)
  if (v !== FORMAT_VERSION) throw new TypeError('meta of an unknown version')
  return {
    values: values === undefined ? undefined : planOf(values),
    sharing: referentialEqualities === undefined ? [] : sharedPathsOf(referentialEqualities),
  }
}

/** @param node `[annotation, inner?]` for the value itself, or annotations of what is inside by their paths */
function planOf(node: unknown): AnnotationPlan {
  if (!Array.isArray(node)) return { read: undefined, isForeign: false, inner: innerPlansOf(node) }
  const [annotation, inner] = node as unknown[]
  return {
    read: annotationReader(annotation),
    isForeign: isOfUsers(annotation),
    inner: inner === undefined ? [] : innerPlansOf(inner),
  }
}

function innerPlansOf(inner: unknown): readonly InnerPlan[] {
  return Object.entries(recordOf(inner)).map(([path, node]) => {
    const containerPath = pathOf(path)
    return { key: containerPath.pop() ?? '', containerPath, plan: planOf(node) }
  })
}

function sharedPathsOf(annotations: unknown): readonly SharedPaths[] {
  const [root, groups = {}] = Array.isArray(annotations) ? (annotations as unknown[]) : [[], annotations]
  return [
    { path: [], others: listOf(root).map(pathOf) },
    ...Object.entries(recordOf(groups)).map(([path, others]) => ({
      path: pathOf(path),
      others: listOf(others).map(pathOf),
    })),
  ]
}

/**
 * The value that JSON stands for by its `meta`, in time linear in the size of both. Annotations are taken at their word only
 * where they fit: each path must lead, through own properties of plain JSON, to a value of the kind that the annotation is for.
 *
 * @param json what `JSON.parse` made of a text; changed in place
 * @throws TypeError, RangeError or SyntaxError where the two do not fit
 */
export function readJson(json: unknown, { values, sharing }: Meta, readRegistered: ReadRegistered): unknown {
  const reader = new JsonReader(readRegistered)
  const value = values === undefined ? json : reader.read(json, values)
  if (sharing.length > 0) new SharedReferences(value, reader).restore(sharing)
  return value
}

/** Reads superjson's `{ json, meta }`; see {@link readMeta} and {@link readJson}. */
export function readEnvelope(envelope: unknown, readRegistered: ReadRegistered): unknown {
  const { json, meta } = recordOf(envelope)
  if (json === undefined) throw new TypeError('no { json, meta } object')
  return meta === undefined ? json : readJson(json, readMeta(meta), readRegistered)
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('no { json, meta } object')
  }
  return value as Readonly<Record<string, unknown>>
}

/** A plain object or array, as `JSON.parse` makes them. */
type Container = Record<string, unknown>

class JsonReader {
  readonly #readRegistered: ReadRegistered
  /** What functions of the user's own made, which is theirs. */
  readonly foreign = new Set<unknown>()
  /** Of each Set and Map, its members as the JSON has them: those that stand for shared objects may all be `null`. */
  readonly members = new Map<unknown, readonly unknown[]>()

  constructor(readRegistered: ReadRegistered) {
    this.#readRegistered = readRegistered
  }

  read(json: unknown, { read, isForeign, inner }: AnnotationPlan): unknown {
    for (const { containerPath, key, plan } of inner) {
      let container = this.#containerAt(json)
      for (const segment of containerPath) container = this.#containerAt(childOf(container, segment))
      container[key] = this.read(childOf(container, key), plan)
    }
    const value = read === undefined ? json : read(json, this.#readRegistered)
    if (isForeign) this.foreign.add(value)
    else if (Array.isArray(json) && value !== json) this.members.set(value, json)
    return value
  }

  /** Paths lead through JSON that has not been read yet. */
  #containerAt(value: unknown): Container {
    if (typeof value === 'object' && value !== null) {
      const prototype: unknown = Object.getPrototypeOf(value)
      const isJson = prototype === Object.prototype || prototype === Array.prototype
      if (isJson && !this.foreign.has(value)) return value as Container
    }
    throw new TypeError('an annotation that leads nowhere')
  }
}

const SPECIAL_NUMBERS: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity', '-0'])

const READERS = new Map<string, (json: unknown) => unknown>([
  ['set', (json) => new Set(listOf(json))],
  ['map', (json) => new Map(listOf(json).map(entryOf))],
  ['undefined', () => undefined],
  ['bigint', bigintOf],
  [
    'number',
    (json) => {
      if (!SPECIAL_NUMBERS.has(json)) throw new TypeError('no such number')
      return Number(json)
    },
  ],
  ...BUILT_IN_TYPES.flatMap(({ forms }) => forms).map(
    ({ annotation, fromJson }) => [annotationKey(annotation), fromJson] as const,
  ),
])

/** How a value with this annotation is read from JSON; what is inside it has been read. */
export function annotationReader(
  annotation: unknown,
): (json: unknown, readRegistered: ReadRegistered) => unknown {
  return (
    READERS.get(annotationKey(annotation)) ?? ((json, readRegistered) => readRegistered(json, annotation))
  )
}

function annotationKey(annotation: unknown): string {
  return Array.isArray(annotation) ? (annotation as unknown[]).map(String).join(' ') : String(annotation)
}

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
  const entry = listOf(json)
  if (entry.length !== 2) throw new TypeError('an entry of a Map has a key and a value')
  return [entry[0], entry[1]]
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
function pathOf(path: unknown): string[] {
  if (typeof path !== 'string') throw new TypeError('a path was expected')
  if (!path.includes('\\')) return path.split('.')
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

/** Puts one object where superjson noted that several paths lead to it. */
class SharedReferences {
  readonly #root: unknown
  readonly #foreign: ReadonlySet<unknown>
  readonly #members: ReadonlyMap<unknown, readonly unknown[]>
  /** Collections that paths lead into are filled anew at the end, in the order that they were written in. */
  readonly #changed = new Set<object>()

  constructor(root: unknown, { foreign, members }: JsonReader) {
    this.#root = root
    this.#foreign = foreign
    this.#members = members
  }

  restore(sharing: readonly SharedPaths[]): void {
    for (const { path, others } of sharing) {
      const shared = path.reduce<unknown>(this.#step, this.#root)
      for (const other of others) this.#assign(other, shared)
    }
    for (const collection of this.#changed) refill(collection, this.#members.get(collection) ?? [])
  }

  readonly #step = (container: unknown, key: string): unknown => {
    if (typeof container !== 'object' || container === null) throw new TypeError('a path that leads nowhere')
    return childOf(this.#contentsOf(container), key)
  }

  #assign(path: readonly string[], shared: unknown): void {
    const container = path.slice(0, -1).reduce<unknown>(this.#step, this.#root)
    const key = path.at(-1) ?? ''
    this.#step(container, key)
    Object.defineProperty(this.#contentsOf(container as object), key, { value: shared })
  }

  /** What the keys of a path are keys of: of a collection, they are positions. */
  #contentsOf(container: object): object {
    if (this.#foreign.has(container)) throw new TypeError('a path into a value of a custom type')
    const members = this.#members.get(container)
    if (members === undefined) return container
    this.#changed.add(container)
    return members
  }
}

function refill(collection: object, members: readonly unknown[]): void {
  if (collection instanceof Set) {
    collection.clear()
    for (const member of members) collection.add(member)
  } else if (collection instanceof Map) {
    collection.clear()
    for (const [key, value] of members.map(entryOf)) collection.set(key, value)
  }
}
