import { types } from 'node:util'
import { builtInType } from './payload-types.js'

/**
 * Whether superjson restores which objects of a portable payload are one and the same. It replaces them one by one, which
 * reorders a Set, loses an entry of a Map where a key is replaced, and does not reach into instances of classes. It takes
 * equal bigints and NaNs for shared objects, too.
 */
export function isSharingKeptBySuperjson(value: unknown): boolean {
  const visited = new Set<unknown>()

  const isKept = (child: unknown, isKeyOrMember: boolean): boolean => {
    const hasIdentity =
      (typeof child === 'object' && child !== null) || typeof child === 'bigint' || Number.isNaN(child)
    if (!hasIdentity) return true
    if (visited.has(child)) return !isKeyOrMember
    visited.add(child)
    return typeof child !== 'object' || child === null || areChildrenKept(child)
  }

  const areChildrenKept = (object: object): boolean => {
    if (types.isMap(object)) {
      return [...object].every(([key, member]) => isKept(key, true) && isKept(member, false))
    }
    if (types.isSet(object)) return [...object].every((member) => isKept(member, true))
    const prototype = Object.getPrototypeOf(object) as object | null
    if (builtInType(prototype)) return true
    const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(object)
    return isPlain && Object.values(object).every((child) => isKept(child, false))
  }

  return isKept(value, false)
}
