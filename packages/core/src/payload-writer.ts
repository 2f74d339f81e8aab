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

/** A value that is not plain JSON, in superjson's form. */
interface Written {
  readonly json: string
  /** How to read the value itself; `undefined` for plain objects and arrays. */
  readonly annotation: Annotation | undefined
  /** How to read what is inside it: superjson's escaped paths, and the JSON of the annotation. */
  readonly inner: readonly (readonly [path: string, annotation: string])[]
}

const NO_INNER: Written['inner'] = []

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
  let written: Written | undefined
  try {
    written = new PayloadWriter(registry, maxDepth).write(value, 0)
    if (written === undefined) return `{"json":${plainJson(value)}}`
  } catch {
    // Not only BEYOND: proxies can throw anything, and deep nesting overflows the stack.
    return undefined
  }
  return `{"json":${written.json},"meta":{"values":${rootAnnotation(written)},"v":1}}`
}

function rootAnnotation({ annotation, inner }: Written): string {
  return annotation === undefined ? annotationTree(inner) : annotationNode(annotation, inner)
}

function annotationTree(inner: Written['inner']): string {
  return `{${inner.map(([path, annotation]) => `${JSON.stringify(path)}:${annotation}`).join(',')}}`
}

function annotationNode(annotation: Annotation, inner: Written['inner']): string {
  const type = JSON.stringify(annotation)
  return inner.length === 0 ? `[${type}]` : `[${type},${annotationTree(inner)}]`
}

class PayloadWriter {
  readonly #registry: PayloadRegistry
  readonly #maxDepth: number
  readonly #visited = new Set<object>()

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
        if (value - value !== 0) return leaf(`"${String(value)}"`, 'number')
        return value === 0 && 1 / value < 0 ? leaf('"-0"', 'number') : undefined
      case 'undefined':
        return leaf('null', 'undefined')
      case 'bigint':
        return leaf(`"${String(value)}"`, 'bigint')
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
    const name = this.#registry.symbolName(symbol)
    return key === undefined
      ? leaf(JSON.stringify(symbol.description ?? null), ['symbol', String(name)])
      : leaf(JSON.stringify(key), SYMBOL_FOR)
  }

  #writeObject(value: object, depth: number): Written | undefined {
    if (depth >= this.#maxDepth) throw BEYOND
    const { size } = this.#visited
    if (this.#visited.add(value).size === size) throw BEYOND
    const prototype = Object.getPrototypeOf(value) as object | null
    if (prototype === Object.prototype) return this.#writeFields(value, undefined, depth)
    if (prototype === Array.prototype) return this.#writeArray(value, depth)
    if (prototype === null) return this.#writeFields(value, NULL_PROTOTYPE, depth)
    if (this.#registry.hasCustoms && this.#registry.customOf(value)) throw BEYOND
    const type = builtInType(prototype)
    if (type) {
      if (type.flaw(value) !== undefined) throw BEYOND
      const { annotation, isVerbatim, toJson } = wireForm(type, value)
      const json = toJson(value as never)
      return leaf(isVerbatim ? `"${String(json)}"` : JSON.stringify(json), annotation)
    }
    if (prototype === Map.prototype && types.isMap(value)) return this.#writeMap(value, depth)
    if (prototype === Set.prototype && types.isSet(value)) return this.#writeSet(value, depth)
    throw BEYOND
  }

  #writeFields(value: object, annotation: Annotation | undefined, depth: number): Written | undefined {
    const names = fieldNames(value)
    let body = annotation === undefined ? undefined : new Body()
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index] as string
      const child = fieldOf(value, name)
      const written = this.write(child, depth + 1)
      if (written !== undefined && body === undefined) {
        body = new Body()
        for (let before = 0; before < index; before += 1) {
          const plain = names[before] as string
          body.addPlain(plain, Reflect.get(value, plain))
        }
      }
      if (written !== undefined) body?.add(name, written)
      else body?.addPlain(name, child)
    }
    return body && { json: `{${body.json}}`, annotation, inner: body.inner }
  }

  #writeArray(value: object, depth: number): Written | undefined {
    const array = elementsOf(value)
    let items: Items | undefined
    for (let index = 0; index < array.length; index += 1) {
      const child = elementOf(array, index)
      const written = this.write(child, depth + 1)
      if (written !== undefined && items === undefined) {
        items = new Items()
        for (let before = 0; before < index; before += 1) items.addPlain(array[before])
      }
      if (written !== undefined) items?.add(written)
      else items?.addPlain(child)
    }
    return items && { json: `[${items.json}]`, annotation: undefined, inner: items.inner }
  }

  #writeSet(value: ReadonlySet<unknown>, depth: number): Written {
    checkNoProperties(value)
    const items = new Items()
    for (const child of value) {
      const written = this.write(child, depth + 1)
      if (written !== undefined) items.add(written)
      else items.addPlain(child)
    }
    return { json: `[${items.json}]`, annotation: 'set', inner: items.inner }
  }

  #writeMap(value: ReadonlyMap<unknown, unknown>, depth: number): Written {
    checkNoProperties(value)
    const items = new Items()
    for (const entry of value) {
      const pair = new Items()
      for (const child of entry) {
        const written = this.write(child, depth + 1)
        if (written !== undefined) pair.add(written)
        else pair.addPlain(child)
      }
      items.add({ json: `[${pair.json}]`, annotation: undefined, inner: pair.inner })
    }
    return { json: `[${items.json}]`, annotation: 'map', inner: items.inner }
  }
}

function leaf(json: string, annotation: Annotation): Written {
  return { json, annotation, inner: NO_INNER }
}

/** The members of an array, set or map as they are written. */
class Items {
  json = ''
  readonly inner: (readonly [path: string, annotation: string])[] = []
  #count = 0

  addPlain(value: unknown): void {
    this.#push(plainJson(value))
  }

  add(written: Written): void {
    addInner(this.inner, String(this.#count), written)
    this.#push(written.json)
  }

  #push(json: string): void {
    this.json = this.#count === 0 ? json : `${this.json},${json}`
    this.#count += 1
  }
}

/** The fields of an object as they are written. */
class Body {
  json = ''
  readonly inner: (readonly [path: string, annotation: string])[] = []

  addPlain(name: string, value: unknown): void {
    this.#push(name, plainJson(value))
  }

  add(name: string, written: Written): void {
    addInner(this.inner, name, written)
    this.#push(name, written.json)
  }

  #push(name: string, json: string): void {
    const field = `${JSON.stringify(name)}:${json}`
    this.json = this.json === '' ? field : `${this.json},${field}`
  }
}

/** What a proxy answers may be nothing that JSON has. */
function plainJson(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined
  if (json === undefined) throw BEYOND
  return json
}

function addInner(
  inner: (readonly [path: string, annotation: string])[],
  key: string,
  written: Written,
): void {
  const segment = escapeKey(key)
  if (written.annotation !== undefined) {
    inner.push([segment, annotationNode(written.annotation, written.inner)])
    return
  }
  for (const [path, annotation] of written.inner) inner.push([`${segment}.${path}`, annotation])
}

/** As superjson escapes a key inside a path. */
function escapeKey(key: string): string {
  return /[.\\]/.test(key) ? key.replaceAll('\\', '\\\\').replaceAll('.', '\\.') : key
}
