import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  handlerAt,
  handlerNames,
  HandlerNotPortableError,
  whileImporting,
  type BoundHandler,
  type HandlerAddress,
} from '@eventlane/core'

/** How a worker imports handler modules that are TypeScript; see `PoolOptions.loader`. */
export type Loader = 'auto' | 'tsx' | 'native' | 'none' | (string & {})

const TYPESCRIPT = /\.[cm]?tsx?$/
/** Modules that have been imported to their end; only then are their handlers fit to run. */
const imported = new Set<string>()
const imports = new Map<string, Promise<void>>()

/**
 * The handler at an address, importing its module where that has not happened in this realm.
 *
 * @throws HandlerNotPortableError, at once or in the promise, with the module's own error
 */
export function findHandler(address: HandlerAddress, loader: Loader): BoundHandler | Promise<BoundHandler> {
  if (imported.has(address.module)) return definedHandler(address)
  return importOnce(address, loader).then(() => definedHandler(address))
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

async function importOnce(address: HandlerAddress, loader: Loader): Promise<void> {
  const { module } = address
  const importing = imports.get(module) ?? whileImporting(() => importModule(module, loader))
  imports.set(module, importing)
  try {
    await importing
    imported.add(module)
  } catch (error) {
    if (error instanceof HandlerNotPortableError) throw error
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    throw new HandlerNotPortableError(
      `the handler's module fails to import in a worker: ${reason}`,
      address,
      'mend the module (the cause has its stack); a worker imports it on its own, without the program around it',
      error,
    )
  } finally {
    imports.delete(module)
  }
}

async function importModule(module: string, loader: Loader): Promise<void> {
  const url = sourceUrl(module)
  if (TYPESCRIPT.test(new URL(url).pathname)) await registerLoader(url, loader)
  await import(url)
}

/** `./tasks.ts` where `./tasks.js` was named and only the source is there. */
function sourceUrl(module: string): string {
  const { pathname } = new URL(module)
  if (!/\.[cm]?js$/.test(pathname) || existsSync(fileURLToPath(module))) return module
  const source = new URL(module)
  source.pathname = pathname.replace(/js$/, 'ts')
  return existsSync(fileURLToPath(source)) ? source.href : module
}

let registered: Promise<void> | undefined

async function registerLoader(url: string, loader: Loader): Promise<void> {
  switch (loader) {
    case 'none':
      return
    case 'native':
      checkNativeTypeScript(url)
      return
    case 'auto':
      // A user's own loader, such as `--import tsx` on Node.js 22 and later, serves TypeScript already.
      if (findTsx(url) === undefined) checkNativeTypeScript(url)
      else await registerTsx(url)
      return
    case 'tsx':
      await registerTsx(url)
      return
    default:
      await (registered ??= import(loader).then(() => undefined))
  }
}

async function registerTsx(url: string): Promise<void> {
  const apis = findTsx(url)
  if (apis === undefined) throw missingTypeScript(url)
  registered ??= Promise.all(
    apis.map(async (api) => {
      const { register } = (await import(api)) as { register: () => unknown }
      register()
    }),
  ).then(() => undefined)
  await registered
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

function checkNativeTypeScript(url: string): void {
  const { typescript } = process.features as { typescript?: 'strip' | 'transform' | false }
  if (!typescript) throw missingTypeScript(url)
}

function missingTypeScript(url: string): HandlerNotPortableError {
  return new HandlerNotPortableError(
    "the handler's module is TypeScript, which this worker cannot import",
    `module ${url}, Node.js ${process.version}`,
    'install tsx beside it (npm install --save-dev tsx), or point at the built JavaScript',
  )
}
