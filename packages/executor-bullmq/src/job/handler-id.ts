import { readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HandlerAddress } from '@eventlane/core'

const ids = new WeakMap<HandlerAddress, string>()
const modules = new Map<string, string>()

/**
 * A handler's name on the wire, the same on every machine, wherever the program is installed there: the package, the path of the
 * module in it without its extension, and the handler's name, such as `@shop/orders/dist/handlers#score`. Nothing is ever imported
 * because of it: workers look it up among the handlers that they have.
 */
export function handlerId(address: HandlerAddress): string {
  const known = ids.get(address)
  if (known !== undefined) return known
  const id = `${moduleId(address.module)}#${address.name}`
  ids.set(address, id)
  return id
}

function moduleId(module: string): string {
  const known = modules.get(module)
  if (known !== undefined) return known
  const url = new URL(module)
  const path = fileURLToPath(new URL(url.pathname, url))
  const { name, directory } = packageOf(dirname(path))
  const within = relative(directory, path).split(sep).join('/')
  const id = `${name}/${within.replace(/\.[cm]?[jt]sx?$/, '')}${url.search}`
  modules.set(module, id)
  return id
}

/** The package that a directory belongs to; a program without one is called by its directory. */
function packageOf(directory: string): { readonly name: string; readonly directory: string } {
  for (let current = directory; ; current = dirname(current)) {
    const name = packageName(join(current, 'package.json'))
    if (name !== undefined) return { name, directory: current }
    if (dirname(current) === current) return { name: '.', directory }
  }
}

function packageName(manifest: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly name?: unknown }
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return undefined
  }
}
