import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { addressOf, defineEvent, on, payload, type HandlerAddress } from '@eventlane/core'
import { build, type BuildOptions } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Receipts } from './call-site/handlers.js'

const run = promisify(execFile)
const packageDirectory = fileURLToPath(new URL('..', import.meta.url))
const source = fileURLToPath(new URL('call-site/', import.meta.url))
const tsx = ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript)

/** A directory whose name needs escaping in a URL. */
let root: string

beforeAll(() => {
  root = join(realpathSync(mkdtempSync(join(tmpdir(), 'eventlane-'))), 'odd # 100% é')
  mkdirSync(root)
})

afterAll(() => rmSync(join(root, '..'), { recursive: true, force: true }))

/** An application that depends on core, with the fixtures as its source. */
function application(name: string, type: 'module' | 'commonjs', experimentalDecorators: boolean) {
  const directory = join(root, name)
  const scope = join(directory, 'node_modules', '@eventlane')
  mkdirSync(scope, { recursive: true })
  symlinkSync(packageDirectory, join(scope, 'core'), 'junction')
  cpSync(source, directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type }))
  const tsconfig = JSON.stringify({ compilerOptions: { target: 'es2022', experimentalDecorators } })
  writeFileSync(join(directory, 'tsconfig.json'), tsconfig)
  return {
    directory,
    /** Compiles into `dist`; by default each file by itself. */
    async compile(options: BuildOptions = {}) {
      await build({
        absWorkingDir: directory,
        entryPoints: ['program.ts', 'handlers.ts', ...(type === 'module' ? ['program-query.ts'] : [])],
        outdir: 'dist',
        format: type === 'module' ? 'esm' : 'cjs',
        platform: 'node',
        target: 'node20',
        sourcemap: true,
        logLevel: 'error',
        ...options,
      })
    },
  }
}

async function lastLine(args: readonly string[], cwd: string): Promise<unknown> {
  const { stdout } = await run(process.execPath, args, { cwd })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

/** Runs a program that prints its two addresses, and expects that a new process finds both handlers by them alone. */
async function expectFound(
  directory: string,
  args: readonly string[],
  module: string,
  loader: string[] = [],
) {
  const addresses = await lastLine([...loader, ...args], directory)
  await expectAddresses(addresses, pathToFileURL(join(directory, module)).href, directory, loader)
}

async function expectAddresses(addresses: unknown, module: string, cwd: string, loader: string[] = []) {
  expect(addresses).toEqual([
    { module, name: 'Receipts.send' },
    { module, name: 'Receipts.file' },
  ])
  const names = (addresses as HandlerAddress[]).map(({ name }) => name)
  const found = await lastLine([...loader, join(source, 'find.mjs'), module, ...names], cwd)
  expect(found).toEqual(['sent it', 'filed it'])
}

describe.each([
  { kind: 'standard', experimental: false },
  { kind: 'experimental', experimental: true },
])(
  'with $kind decorators, a handler is found by the address that its call site gave it',
  ({ kind, experimental }) => {
    it('in built ESM', async () => {
      const app = application(`${kind} esm`, 'module', experimental)
      await app.compile()
      await expectFound(app.directory, ['dist/program.js'], 'dist/handlers.js')
      await expectFound(app.directory, ['--enable-source-maps', 'dist/program.js'], 'dist/handlers.js')
      await expectFound(app.directory, ['--stack-trace-limit=0', 'dist/program.js'], 'dist/handlers.js')
    })

    it('in built CommonJS', async () => {
      const app = application(`${kind} commonjs`, 'commonjs', experimental)
      await app.compile()
      await expectFound(app.directory, ['dist/program.js'], 'dist/handlers.js')
    })

    it('in a bundle that contains core', async () => {
      const app = application(`${kind} bundle`, 'module', experimental)
      await app.compile({ bundle: true, entryPoints: ['program.ts'] })
      await expectFound(app.directory, ['dist/program.js'], 'dist/program.js')
      await expectFound(app.directory, ['--enable-source-maps', 'dist/program.js'], 'dist/program.js')
    })

    it('in a minified bundle that keeps names', async () => {
      const app = application(`${kind} minified`, 'module', experimental)
      await app.compile({ bundle: true, entryPoints: ['program.ts'], minify: true, keepNames: true })
      await expectFound(app.directory, ['dist/program.js'], 'dist/program.js')
    })

    it('in ESM run by tsx', async () => {
      const { directory } = application(`${kind} tsx esm`, 'module', experimental)
      await expectFound(directory, ['program.ts'], 'handlers.ts', tsx)
    })

    it('in CommonJS run by tsx', async () => {
      const { directory } = application(`${kind} tsx commonjs`, 'commonjs', experimental)
      await expectFound(directory, ['program.ts'], 'handlers.ts', tsx)
    })

    it('with the query under which its module was imported', async () => {
      const app = application(`${kind} query`, 'module', experimental)
      await app.compile()
      const addresses = await lastLine(['dist/program-query.js'], app.directory)
      const module = `${pathToFileURL(join(app.directory, 'dist', 'handlers.js')).href}?v=1`
      await expectAddresses(addresses, module, app.directory)
    })
  },
)

describe('a call site names its module', () => {
  const addresses = (receipts: typeof Receipts) => [addressOf(receipts.send), addressOf(receipts.file)]

  it('in Vitest', async () => {
    const module = new URL('call-site/handlers.ts', import.meta.url).href
    await expectAddresses(addresses(Receipts), module, packageDirectory, tsx)
  })

  it('in Vitest, with a query', async () => {
    const module = new URL('call-site/handlers.ts?v=1', import.meta.url).href
    const again = (await import(module)) as { Receipts: typeof Receipts }
    await expectAddresses(addresses(again.Receipts), module, packageDirectory, tsx)
  })

  it.runIf(stripsTypes)('in TypeScript that Node.js runs by itself', async () => {
    await expectFound(source, ['undecorated.ts'], 'undecorated.ts')
  })

  it('where another library prepares stack traces', async () => {
    const app = application('replaced', 'module', false)
    await app.compile()
    const library = 'data:text/javascript,Error.prepareStackTrace = () => "theirs"'
    await expectFound(app.directory, ['--import', library, 'dist/program.js'], 'dist/handlers.js')
  })

  it('where Error is frozen, if Node.js can tell without it', async () => {
    const app = application('frozen', 'module', false)
    await app.compile()
    const args = ['--import', 'data:text/javascript,Object.freeze(Error)', 'dist/program.js']
    if ('getCallSites' in (await import('node:util')))
      await expectFound(app.directory, args, 'dist/handlers.js')
    else await expect(lastLine(args, app.directory)).rejects.toThrow('ERR_HANDLER_NOT_PORTABLE')
  })
})

it('leaves Error as it was', () => {
  const keys = ['prepareStackTrace', 'stackTraceLimit'] as const
  const state = () => keys.map((key) => Object.getOwnPropertyDescriptor(Error, key))
  const before = state()
  on(defineEvent('call-site.unchanged', payload<string>()))
  expect(state()).toEqual(before)
})

it('asks for the module where the call site is in no file', async () => {
  const script = `
    import { defineEvent, on } from '@eventlane/core'
    class Receipts { static send() {} }
    on(defineEvent('call-site.nowhere'))(Receipts, 'send', { value: Receipts.send })
  `
  const evaluated = run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: packageDirectory,
  })
  await expect(evaluated).rejects.toThrow('{ module: import.meta.url }')
})
