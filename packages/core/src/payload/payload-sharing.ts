import { types } from 'node:util'
import { builtInType } from './payload-types.js'

/**
 * Whether a portable payload is made of plain objects, arrays, maps, sets and built-in types alone. superjson notes which of
 * their members are one object; into instances of classes it does not reach.
 */
export function isSharingNotedBySuperjson(value: unknown, visited = new Set<object>()): boolean {
  if (typeof value !== 'object' || value === null || visited.has(value)) return true
  visited.add(value)
  const prototype = Object.getPrototypeOf(value) as object | null
  if (builtInType(prototype)) return true
  return membersOf(value, prototype)?.every((member) => isSharingNotedBySuperjson(member, visited)) ?? false
}

function membersOf(object: object, prototype: object | null): readonly unknown[] | undefined {
  if (types.isMap(object)) return [...object].flat()
  if (types.isSet(object)) return [...object]
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(object)
  return isPlain ? Object.values(object) : undefined
}
