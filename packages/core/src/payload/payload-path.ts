/** One step into a payload: an object's key, an array's index, or a step into a collection. */
export type PathSegment = string | number | { readonly collection: string; readonly index: number }

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** A path in JavaScript notation: `payload.items[3].meta["a.b"]`, `payload.tags.<Set>[2]`. */
export function formatPath(root: string, path: readonly PathSegment[]): string {
  return root + path.map(formatSegment).join('')
}

function formatSegment(segment: PathSegment): string {
  if (typeof segment === 'object') return `.<${segment.collection}>[${String(segment.index)}]`
  if (typeof segment === 'number') return `[${String(segment)}]`
  return IDENTIFIER.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`
}

/** Keys that must never reach a prototype: refused in payloads, and in the texts that stand for them. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
