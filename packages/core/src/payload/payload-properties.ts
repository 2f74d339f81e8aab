import { isEscapedKey, MISREADS_ESCAPED_KEYS } from './json-keys.js'
import { RESERVED_KEYS } from './payload-path.js'

/**
 * Thrown at the first value that is not a tree of JSON values and built-in types, by the walks that take nothing else.
 * What such a payload is, and whether it is portable, the gate finds out.
 */
export const BEYOND = new Error('beyond a tree of built-in types')

// Taken once: whatever a program does to these later, a check stays what it is.
const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, keys } = Object
/** Finds accessors without a descriptor, which takes more time, and leaves more garbage than all else that is done for a field. */
const lookupGetter = Function.prototype.call.bind(
  Reflect.get(Object.prototype, '__lookupGetter__') as () => unknown,
) as (object: object, key: PropertyKey) => unknown

/** The names of an object's fields, enumerable or not. A loop over those that are is done when it has found as many. */
export function fieldNames(object: object): readonly string[] {
  if (getOwnPropertySymbols(object).length > 0) throw BEYOND
  return getOwnPropertyNames(object)
}

/** A field's value, where the field is data and its key one that every realm reads as it is. */
export function fieldOf(object: object, name: string): unknown {
  if (isReserved(name)) throw BEYOND
  if (MISREADS_ESCAPED_KEYS && isEscapedKey(name)) throw BEYOND
  return dataOf(object, name)
}

function dataOf(object: object, key: PropertyKey): unknown {
  if (lookupGetter(object, key) !== undefined) throw BEYOND
  const value: unknown = Reflect.get(object, key)
  // An accessor without a getter gives undefined.
  if (value === undefined && getOwnPropertyDescriptor(object, key)?.writable === undefined) throw BEYOND
  return value
}

/** A length is quicker to look at than a set is to search. */
function isReserved(name: string): boolean {
  const { length } = name
  return (length === 9 || length === 11) && RESERVED_KEYS.has(name)
}

/** The array that a value is, where it is nothing but its elements. */
export function elementsOf(value: object): readonly unknown[] {
  if (!Array.isArray(value)) throw BEYOND
  // Holes, and elements that are not enumerable, make it less; other properties, more.
  if (keys(value).length !== value.length || getOwnPropertySymbols(value).length > 0) throw BEYOND
  return value
}

/** An element's value, where the element is data. */
export function elementOf(array: readonly unknown[], index: number): unknown {
  return dataOf(array, index)
}

/** Refuses collections with properties of their own, which they would travel without. */
export function checkNoProperties(collection: object): void {
  if (Reflect.ownKeys(collection).length > 0) throw BEYOND
}
