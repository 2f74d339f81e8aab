import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where a handler can be found in any realm: import `module` and look for `name`. */
export interface HandlerAddress {
  /** The module's `file:` URL, query kept. */
  readonly module: string
  /** A name that is unique in the module, such as `score` or `Receipts.send`. */
  readonly name: string
}

/** A module given by its `file:` URL, its absolute path (`__filename`) or its `import.meta`. */
export type ModuleReference = string | URL | { readonly url: string }

/** The address in one line, for messages and logs. */
export function formatAddress({ module, name }: HandlerAddress): string {
  return `${name} (${module})`
}

/** The address as one string, for use as a key; a space cannot occur in a URL. */
export function addressKey({ module, name }: HandlerAddress): string {
  return `${module} ${name}`
}

/** The `file:` URL of a module reference, or `undefined` where it does not name a file. */
export function moduleUrl(reference: ModuleReference): string | undefined {
  const text = referenceText(reference)
  if (text === undefined) return undefined
  if (isAbsolute(text)) return pathToFileURL(text).href
  return URL.canParse(text) && text.startsWith('file:') ? text : undefined
}

// Bundlers for CommonJS make `undefined` of `import.meta.url`.
function referenceText(reference: unknown): string | undefined {
  if (typeof reference === 'string') return reference
  if (typeof reference !== 'object' || reference === null) return undefined
  const text: unknown =
    reference instanceof URL ? reference.href : (reference as { readonly url?: unknown }).url
  return typeof text === 'string' ? text : undefined
}
