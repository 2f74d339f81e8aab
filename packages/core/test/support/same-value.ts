import { types } from 'node:util'
import { Secret } from './portable-values.js'

/**
 * The path of the first difference between two values, or `undefined` where there is none: prototypes, own properties
 * with their attributes, `-0`, `NaN`, the contents of collections and bytes, and which objects are shared or circular.
 */
export function firstDifference(left: unknown, right: unknown): string | undefined {
  const pairs = new Map<object, object>()
  const partners = new Set<object>()

  const compare = (a: unknown, b: unknown, path: string): string | undefined => {
    if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) {
      return Object.is(a, b) ? undefined : path
    }
    if (pairs.has(a) || partners.has(b)) return pairs.get(a) === b ? undefined : `${path} (identity)`
    pairs.set(a, b)
    partners.add(b)
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path} (prototype)`
    return compareContents(a, b, path) ?? compareProperties(a, b, path)
  }

  const compareAll = (a: readonly unknown[], b: readonly unknown[], path: string): string | undefined => {
    if (a.length !== b.length) return `${path} (size)`
    for (const [index, value] of a.entries()) {
      const difference = compare(value, b[index], `${path}[${index}]`)
      if (difference) return difference
    }
    return undefined
  }

  const compareContents = (a: object, b: object, path: string): string | undefined => {
    if (a instanceof Secret && b instanceof Secret) return compare(a.reveal(), b.reveal(), `${path}.#value`)
    if (a instanceof Map && b instanceof Map) return compareAll([...a].flat(), [...b].flat(), path)
    if (a instanceof Set && b instanceof Set) return compareAll([...a], [...b], path)
    if (a instanceof Date && b instanceof Date) return compare(a.getTime(), b.getTime(), path)
    if (a instanceof RegExp && b instanceof RegExp) return compare(String(a), String(b), path)
    if (a instanceof URL && b instanceof URL) return compare(a.href, b.href, path)
    if (types.isAnyArrayBuffer(a) && types.isAnyArrayBuffer(b)) {
      return Buffer.from(a).equals(Buffer.from(b)) ? undefined : path
    }
    if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return bytes(a).equals(bytes(b)) ? undefined : path
    return undefined
  }

  const compareProperties = (a: object, b: object, path: string): string | undefined => {
    const keys = Reflect.ownKeys(a)
    if (keys.length !== Reflect.ownKeys(b).length) return `${path} (keys)`
    // Errors carry a stack and a message whose attributes differ between engines and versions.
    const isExact = !types.isNativeError(a)
    for (const key of keys) {
      const before = Reflect.getOwnPropertyDescriptor(a, key)
      const after = Reflect.getOwnPropertyDescriptor(b, key)
      const name = `${path}.${String(key)}`
      if (before === undefined || after === undefined) return `${name} (keys)`
      if (isExact && before.enumerable !== after.enumerable) return `${name} (enumerable)`
      const difference = compare(Reflect.get(a, key), Reflect.get(b, key), name)
      if (difference) return difference
    }
    return undefined
  }

  return compare(left, right, 'value')
}

function bytes(view: ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength)
}
