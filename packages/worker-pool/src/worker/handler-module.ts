import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { HandlerNotPortableError, type HandlerAddress } from '@eventlane/core'
import {
  handlerAt,
  handlerNames,
  showThrown,
  whileImporting,
  type BoundHandler,
} from '@eventlane/core/executor'

/** How a worker imports handler modules that are TypeScript; see `PoolOptions.loader`. */
export type Loader = 'auto' | 'tsx' | 'native' | 'none' | (string & {})

/** Modules that have been imported to their end; only then are their handlers fit to run. */
const imported = new Set<string>()
const imports = new Map<string, Promise<void>>()

/**
 * The handler at an address, importing its module where that has not happened in this realm.
 *
 * @throws HandlerNotPortableError, at once or in the promise, with the module's own error
 */
export function findHandler(address: HandlerAddress, loader: Loader): BoundHandler | Promise<BoundHandler> {
  const module = sourceUrl(address.module)
  if (imported.has(module)) return definedHandler({ module, name: address.name })
  return importOnce(module, address, loader).then(() => definedHandler({ module, name: address.name }))
}

function definedHandler(address: HandlerAddress): BoundHandler {
  const handler = handlerAt(address)
  if (handler !== undefined) return handler
  const names = handlerNames(address.module)
  throw new HandlerNotPortableError(
    `the handler's module, when merely imported, defines ${names.length === 0 ? 'no handlers' : `only the handlers ${names.join(', ')}`}`,
    address,
    'define the handler at the top level of its module, outside functions, conditions and `if (isMainRealm)`',
  )
}

/**
 * Imports a module, where that has not happened in this realm.
 *
 * @returns the URL that it was imported by: the source's, where only that is there
 */
export async function importModuleOnce(url: string, loader: Loader): Promise<string> {
  const module = sourceUrl(url)
  if (imported.has(module)) return module
  const importing = imports.get(module) ?? whileImporting(() => importModule(module, loader))
  imports.set(module, importing)
  try {
    await importing
    imported.add(module)
    return module
  } finally {
    imports.delete(module)
  }
}

async function importOnce(module: string, address: HandlerAddress, loader: Loader): Promise<void> {
  try {
    await importModuleOnce(module, loader)
  } catch (error) {
    if (error instanceof HandlerNotPortableError) throw error
    if (!existsSync(fileURLToPath(module))) throw missingModule(address, error)
    throw new HandlerNotPortableError(
      `the handler's module fails to import in a worker: ${showThrown(error)}`,
      address,
      `mend the module (the cause has its stack); a worker imports it on its own, without the program around it${typeScriptAdvice(module)}${testAdvice()}`,
      error,
    )
  }
}

function missingModule(address: HandlerAddress, cause: unknown): HandlerNotPortableError {
  return new HandlerNotPortableError(
    "the handler's module is not there for a worker to import",
    address,
    'ship that file with the program; where it is a source that has been bundled, the bundler has put its URL in place of import.meta.url and has to leave that alone (webpack: module.parser.javascript.importMeta)',
    cause,
  )
}

async function importModule(url: string, loader: Loader): Promise<void> {
  if (isTypeScript(url)) await registerLoader(url, loader)
  try {
    await import(url)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code
    if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || loader === 'none' || !isTypeScript(url)) throw error
    throw missingTypeScript(url, error)
  }
}

function isTypeScript(url: string): boolean {
  return /\.[cm]?tsx?$/.test(new URL(url).pathname)
}

const sources = new Map<string, string>()

/** `./tasks.ts` where `./tasks.js` was named and only the source is there. */
function sourceUrl(module: string): string {
  const known = sources.get(module)
  if (known !== undefined) return known
  const { pathname } = new URL(module)
  const source = new URL(module)
  const isThere = (url: URL): boolean => existsSync(fileURLToPath(url))
  if (/\.[cm]?js$/.test(pathname) && !isThere(source)) {
    source.pathname = pathname.replace(/js$/, 'ts')
    if (!isThere(source)) source.pathname = pathname.replace(/js$/, 'tsx')
  }
  const found = isThere(source) ? source.href : module
  sources.set(module, found)
  return found
}

let registered: Promise<void> | undefined

async function registerLoader(url: string, loader: Loader): Promise<void> {
  if (loader === 'none' || loader === 'native') return
  if (loader === 'auto' || loader === 'tsx') {
    const apis = findTsx(url)
    // The worker's Node.js options may have brought a loader with them, or Node.js reads the module by itself.
    if (apis === undefined && loader === 'auto') return
    if (apis === undefined) throw missingTypeScript(url)
    registered ??= registerTsx(apis)
  }
  await (registered ??= import(loader).then(() => undefined))
}

async function registerTsx(apis: readonly string[]): Promise<void> {
  for (const api of apis) {
    const { register } = (await import(api)) as { register: () => unknown }
    register()
  }
}

interface TsxPackage {
  readonly exports: Readonly<
    Record<'./esm/api' | './cjs/api', { readonly import: { readonly default: string } }>
  >
}

/**
 * The APIs of tsx, as installed beside the handler's module. Node.js 20 needs the one for CommonJS as well. They are
 * taken from its manifest, since `require.resolve('tsx/esm/api')` gives a build that does not register on Node.js 20.
 */
function findTsx(url: string): string[] | undefined {
  const require = createRequire(url)
  try {
    const manifest = require.resolve('tsx/package.json')
    const { exports } = require(manifest) as TsxPackage
    const apis = [exports['./esm/api'], exports['./cjs/api']]
    return apis.map((api) => new URL(api.import.default, pathToFileURL(manifest)).href)
  } catch {
    return undefined
  }
}

/** What else may be wrong with a TypeScript module that Node.js read by itself. */
function typeScriptAdvice(module: string): string {
  if (!isTypeScript(module) || registered !== undefined) return ''
  return "; it was read by Node.js's type stripping, which takes no decorators, no enums and no .js names for .ts files: for those, install tsx beside the module (npm install --save-dev tsx), or point at the built JavaScript"
}

/** What differs under Vitest, whose environment workers inherit. */
function testAdvice(): string {
  if (process.env.VITEST === undefined) return ''
  return '; it does so without Vitest: a test file cannot hold its handlers, and aliases, mocks and plugins do not reach them'
}

function missingTypeScript(url: string, cause?: unknown): HandlerNotPortableError {
  return new HandlerNotPortableError(
    "the handler's module is TypeScript, which this worker cannot import",
    `module ${url}, Node.js ${process.version}`,
    'install tsx beside it (npm install --save-dev tsx), or point at the built JavaScript',
    cause,
  )
}
