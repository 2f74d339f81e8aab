import { types } from 'node:util'
import { isPortableSymbol } from './payload-gate.js'
import {
  BEYOND,
  checkNoProperties,
  elementOf,
  elementsOf,
  fieldNames,
  fieldOf,
} from './payload-properties.js'
import type { PayloadRegistry } from './payload-registry.js'
import { builtInType, NULL_PROTOTYPE, SYMBOL_FOR, wireForm, type Annotation } from './payload-types.js'
import { VisitedObjects } from './visited-objects.js'

/** A value that is not plain JSON, in superjson's form. All texts are JSON. */
interface Written {
  readonly json: string
  /** How to read it; `undefined` for plain objects and arrays, whose parts say it of themselves. */
  readonly annotation: string | undefined
  readonly parts: readonly AnnotatedPart[]
}

/** How to read a part of a plain object or array, which is at that path, in superjson's notation. */
interface AnnotatedPart {
  readonly path: string
  readonly annotation: string
}

/**
 * Checks and writes, in one walk, a payload that is a tree of JSON values and the closed list of built-in types. Whatever
 * is plain JSON is left to `JSON.stringify` in pieces as large as possible; annotations are those that superjson writes.
 *
 * @returns the text; `undefined` where the payload holds anything else (or something that is not portable), which
 *   takes a closer look
 */
export function writePayload(
  value: unknown,
  registry: PayloadRegistry,
  maxDepth: number,
): string | undefined {
  // A plain object would write whatever this makes of it.
  if ('toJSON' in Object.prototype) return undefined
  try {
    const written = new PayloadWriter(registry, maxDepth).write(value, 0)
    if (written === undefined) return plainText(value)
    const { json, annotation, parts } = written
    return `{"json":${json},"meta":{"values":${annotation ?? annotationTree(parts)},"v":1}}`
  } catch {
    // Not only BEYOND: proxies can throw anything, and deep nesting overflows the stack.
    return undefined
  }
}

function plainText(json: unknown): string {
  const text = JSON.stringify(json) as string | undefined
  // What a proxy answers may be nothing that JSON has.
  if (text === undefined) throw BEYOND
  return `{"json":${text}}`
}

function annotationTree(parts: readonly AnnotatedPart[]): string {
  let tree = ''
  for (const { path, annotation } of parts) {
    const { first, further } = keyPrefix(path)
    tree += (tree === '' ? first : further) + annotation
  }
  return `{${tree}}`
}

class PayloadWriter {
  readonly #registry: PayloadRegistry
  readonly #maxDepth: number
  readonly #visited = new VisitedObjects()

  constructor(registry: PayloadRegistry, maxDepth: number) {
    this.#registry = registry
    this.#maxDepth = maxDepth
  }

  /** `undefined` means that the value is plain JSON. */
  write(value: unknown, depth: number): Written | undefined {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return undefined
      case 'number':
        // NaN and the infinities are the only numbers whose difference to themselves is not 0.
        if (value - value !== 0) return leaf(`"${String(value)}"`, '["number"]')
        return value === 0 && 1 / value < 0 ? leaf('"-0"', '["number"]') : undefined
      case 'undefined':
        return leaf('null', '["undefined"]')
      case 'bigint':
        return leaf(`"${String(value)}"`, '["bigint"]')
      case 'symbol':
        return this.#writeSymbol(value)
      case 'object':
        return value === null ? undefined : this.#writeObject(value, depth)
      default:
        throw BEYOND
    }
  }

  #writeSymbol(symbol: symbol): Written {
    if (!isPortableSymbol(symbol, this.#registry)) throw BEYOND
    const key = Symbol.keyFor(symbol)
    const name = String(this.#registry.symbolName(symbol))
    return key === undefined
      ? leaf(JSON.stringify(symbol.description ?? null), JSON.stringify([['symbol', name]]))
      : leaf(JSON.stringify(key), leafAnnotation(SYMBOL_FOR))
  }

  #writeObject(value: object, depth: number): Written | undefined {
    if (depth >= this.#maxDepth) throw BEYOND
    if (!this.#visited.isNew(value)) throw BEYOND
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === Object.prototype) return this.#writeFields(value, undefined, depth)
    if (prototype === Array.prototype) return this.#writeArray(value, depth)
    if (prototype === null) return this.#writeFields(value, BARE, depth)
    if (this.#registry.hasCustoms && this.#registry.customOf(value)) throw BEYOND
    const type = builtInType(prototype)
    if (type) {
      if (type.flaw(value) !== undefined) throw BEYOND
      const { annotation, isVerbatim, toJson } = wireForm(type, value)
      const json = toJson(value as never)
      return leaf(isVerbatim ? `"${String(json)}"` : JSON.stringify(json), leafAnnotation(annotation))
    }
    if (prototype === Map.prototype && types.isMap(value)) return this.#writeMap(value, depth)
    if (prototype === Set.prototype && types.isSet(value)) return this.#writeSet(value, depth)
    throw BEYOND
  }

  #writeFields(value: object, annotation: string | undefined, depth: number): Written | undefined {
    const names = fieldNames(value)
    let fields: Parts | undefined = annotation === undefined ? undefined : new Parts()
    let index = 0
    // Engines read the fields of such a loop twice as fast as those of a list of names.
    for (const name in value) {
      const before = index
      index += 1
      const child = fieldOf(value, name)
      // Most fields are strings, which are plain.
      const written = typeof child === 'string' ? undefined : this.write(child, depth + 1)
      if (fields === undefined) {
        if (written === undefined) continue
        fields = new Parts()
        for (const plain of names.slice(0, before)) fields.addField(plain, fieldOf(value, plain), undefined)
      }
      fields.addField(name, child, written)
    }
    if (index !== names.length) throw BEYOND
    return fields?.written('{', '}', annotation)
  }

  #writeArray(value: object, depth: number): Written | undefined {
    const array = elementsOf(value)
    let members: Parts | undefined
    for (let index = 0; index < array.length; index += 1) {
      const child = elementOf(array, index)
      const written = this.write(child, depth + 1)
      if (members === undefined) {
        if (written === undefined) continue
        members = new Parts()
        for (const plain of array.slice(0, index)) members.addMember(plain, undefined)
      }
      members.addMember(child, written)
    }
    return members?.written('[', ']', undefined)
  }

  #writeSet(value: ReadonlySet<unknown>, depth: number): Written {
    checkNoProperties(value)
    const members = new Parts()
    for (const member of value) members.addMember(member, this.write(member, depth + 1))
    return members.written('[', ']', '"set"')
  }

  #writeMap(value: ReadonlyMap<unknown, unknown>, depth: number): Written {
    checkNoProperties(value)
    const entries = new Parts()
    for (const [key, member] of value) {
      const entry = new Parts()
      entry.addMember(key, this.write(key, depth + 1))
      entry.addMember(member, this.write(member, depth + 1))
      entries.addMember(undefined, entry.written('[', ']', undefined))
    }
    return entries.written('[', ']', '"map"')
  }
}

const NO_PARTS: readonly AnnotatedPart[] = []

/** @param annotation with its brackets */
function leaf(json: string, annotation: string): Written {
  return { json, annotation, parts: NO_PARTS }
}

const BARE = JSON.stringify(NULL_PROTOTYPE)

const LEAF_ANNOTATIONS = new Map<Annotation, string>()

function leafAnnotation(annotation: Annotation): string {
  let text = LEAF_ANNOTATIONS.get(annotation)
  if (text === undefined) {
    text = JSON.stringify([annotation])
    LEAF_ANNOTATIONS.set(annotation, text)
  }
  return text
}

/** The fields or members of a container, as they are written. */
class Parts {
  readonly #annotated: AnnotatedPart[] = []
  #json = ''
  #count = 0

  addField(name: string, value: unknown, written: Written | undefined): void {
    const { first, further } = keyPrefix(name)
    this.#add(this.#count === 0 ? first : further, value, name, written)
  }

  addMember(value: unknown, written: Written | undefined): void {
    this.#add(this.#count === 0 ? '' : ',', value, this.#count, written)
  }

  /** @param annotation of the container, without its brackets */
  written(open: string, close: string, annotation: string | undefined): Written {
    const json = open + this.#json + close
    if (annotation === undefined) return { json, annotation, parts: this.#annotated }
    return leaf(
      json,
      this.#annotated.length === 0 ? `[${annotation}]` : `[${annotation},${annotationTree(this.#annotated)}]`,
    )
  }

  #add(prefix: string, value: unknown, key: string | number, written: Written | undefined): void {
    this.#count += 1
    if (written === undefined) {
      this.#json += prefix + plainJson(value)
      return
    }
    const { json, annotation, parts } = written
    this.#json += prefix + json
    const path = typeof key === 'string' ? escapeKey(key) : String(key)
    if (annotation !== undefined) this.#annotated.push({ path, annotation })
    for (const part of parts) {
      this.#annotated.push({ path: `${path}.${part.path}`, annotation: part.annotation })
    }
  }
}

/** What a proxy answers may be nothing that JSON has. */
function plainJson(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return String(value)
  const json = JSON.stringify(value) as string | undefined
  if (json === undefined) throw BEYOND
  return json
}

/** Whatever `JSON.stringify` escapes, and a little more. */
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/ // eslint-disable-line no-control-regex

function quote(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`
}

/** A key as it is written before the first field of an object, and before further ones. */
interface KeyPrefix {
  readonly first: string
  readonly further: string
}

/** Keys repeat from payload to payload; so many are remembered. */
const MAX_KEY_PREFIXES = 1000
const KEY_PREFIXES = new Map<string, KeyPrefix>()

function keyPrefix(key: string): KeyPrefix {
  const known = KEY_PREFIXES.get(key)
  if (known !== undefined) return known
  const first = `${JSON.stringify(key)}:`
  const prefix = { first, further: `,${first}` }
  if (KEY_PREFIXES.size < MAX_KEY_PREFIXES) KEY_PREFIXES.set(key, prefix)
  return prefix
}

/** As superjson escapes a key inside a path. */
function escapeKey(key: string): string {
  return key.includes('.') || key.includes('\\') ? key.replaceAll('\\', '\\\\').replaceAll('.', '\\.') : key
}
