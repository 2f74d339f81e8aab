import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** What a built file imports is the text at the end of a line. */
const IMPORTED = /^((?:import|\}).*)"(.+)";$/gm

/**
 * The URL of a second copy of a built module, and of the files beside it that it imports: they hold the same code, and are evaluated
 * anew, as those of a bundle beside node_modules.
 */
export function secondCopy(url: string): string {
  const source = readFileSync(new URL(url), 'utf8')
  const copy = source.replace(
    IMPORTED,
    (_, before: string, specifier: string) => `${before}"${urlOf(specifier, url)}";`,
  )
  return `data:text/javascript;base64,${Buffer.from(copy).toString('base64')}`
}

function urlOf(specifier: string, importer: string): string {
  if (specifier.startsWith('node:')) return specifier
  if (specifier.startsWith('.')) return secondCopy(new URL(specifier, importer).href)
  return pathToFileURL(createRequire(importer).resolve(specifier)).href
}
