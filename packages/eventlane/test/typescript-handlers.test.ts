import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runNode, type ProgramEnd } from '@eventlane/local-programs'
import { build, type BuildOptions } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workerEntries } from '../src/bundler.js'
import { defineHandler, ProcessExecutor, ThreadExecutor } from '../src/index.js'
import {
  commandOf,
  makeApplication,
  packageFolder,
  runTool,
  temporaryFolder,
  type ApplicationOptions,
} from './support/application.js'
import { placeOrder } from './typescript/place-order.js'

const stripsTypes = Boolean((process.features as { typescript?: unknown }).typescript)
const nodeMajor = Number(process.versions.node.split('.')[0])
const tsxFolder = packageFolder('tsx')
const tsxManifest = JSON.parse(readFileSync(join(tsxFolder, 'package.json'), 'utf8')) as {
  exports: { '.': string; './esm/api': { import: { default: string } } }
}
const tsx = pathToFileURL(join(tsxFolder, tsxManifest.exports['.'])).href
const tsxApi = pathToFileURL(join(tsxFolder, tsxManifest.exports['./esm/api'].import.default)).href

let root: string
let removeRoot: () => void
let applications = 0

beforeAll(() => {
  const temporary = temporaryFolder()
  root = temporary.folder
  removeRoot = temporary.remove
})

afterAll(() => removeRoot())

function application(options?: ApplicationOptions): string {
  return makeApplication(join(root, String(++applications)), options)
}

/** What `placeOrder` gives where everything is right. */
function outcomes(mode: 'separate-thread' | 'separate-process', pid: unknown) {
  return {
    tasks: 4,
    receipt: 'receipt 1 for o-1 goes out at once',
    filed: expect.anything(),
    score: '42n',
    whereabouts: { mode, isMainRealm: false, isMainThread: mode === 'separate-process', pid },
  }
}

/** Expects that the program did on threads, then on processes, what it should, and nothing else. */
function expectOrders({ code, stdout, stderr }: ProgramEnd) {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [threads, processes, ...others] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const { pid } = threads
  expect(threads).toEqual({ pid, ...outcomes('separate-thread', pid) })
  expect(processes).toEqual({ pid, ...outcomes('separate-process', expect.any(Number)) })
  expect(processes.whereabouts.pid).not.toBe(pid)
  expect(others).toEqual([])
}

/** Runs a program with the arguments that make it place an order on threads, then on processes. */
async function expectOrdersOf(cwd: string, args: readonly string[]) {
  expectOrders(await runNode([...args, 'threads', 'processes'], { cwd }))
}

const inTestFile = defineHandler(import.meta.url, function inTestFile() {
  return 'not to be had'
})

describe('a TypeScript handler module works in a program run by Vitest', () => {
  it('in threads', async () => {
    const result = await placeOrder(new ThreadExecutor({ workers: 1 }))
    expect(result).toEqual({ ...outcomes('separate-thread', process.pid), filed: new Date(0) })
  })

  it('in processes', async () => {
    const result = await placeOrder(new ProcessExecutor({ workers: 1 }))
    expect(result).toEqual({ ...outcomes('separate-process', expect.any(Number)), filed: new Date(0) })
  })

  it('unless it is a test file, which is refused with the reason', async () => {
    await using executor = new ThreadExecutor({ workers: 1 })
    await expect(executor.run(inTestFile)).rejects.toMatchObject({
      code: 'ERR_HANDLER_NOT_PORTABLE',
      message: expect.stringContaining('a test file cannot hold its handlers'),
    })
  })

  it('with experimentalDecorators in the tsconfig.json beside it', async () => {
    const folder = application({ compilerOptions: { experimentalDecorators: true } })
    const legacy = (await import(pathToFileURL(join(folder, 'place-order.ts')).href)) as {
      placeOrder: typeof placeOrder
    }
    const result = await legacy.placeOrder(new ThreadExecutor({ workers: 1 }))
    expect(result).toMatchObject({ score: '42n', receipt: 'receipt 1 for o-1 goes out at once' })
  })
})

describe('a TypeScript handler module works in threads and processes of a program run by tsx', () => {
  it('with node --import tsx', async () => {
    await expectOrdersOf(application(), ['--import', 'tsx', 'main.ts'])
  })

  it('with the tsx command', async () => {
    await expectOrdersOf(application(), [commandOf('tsx'), 'main.ts'])
  })

  it('with a register() of its own', async () => {
    const folder = application()
    writeFileSync(join(folder, 'register.mjs'), "import { register } from 'tsx/esm/api'\nregister()\n")
    await expectOrdersOf(folder, ['--import', './register.mjs', 'main.ts'])
  })

  it('with experimentalDecorators in its tsconfig.json', async () => {
    const folder = application({ compilerOptions: { experimentalDecorators: true } })
    await expectOrdersOf(folder, [commandOf('tsx'), 'main.ts'])
  })

  it('with a tsconfig.json named on the command line, from another folder', async () => {
    const folder = application({ compilerOptions: { experimentalDecorators: true } })
    const args = [commandOf('tsx'), '--tsconfig', join(folder, 'tsconfig.json'), join(folder, 'main.ts')]
    await expectOrdersOf(root, args)
  })

  it('in a CommonJS package', async () => {
    await expectOrdersOf(application({ type: 'commonjs' }), [commandOf('tsx'), 'main.ts'])
  })

  it.each([
    { what: 'by its own name', options: {} },
    { what: 'by its own name, with the loader tsx', options: { loader: 'tsx' } },
    { what: 'with the extension .js of its build, which is not there', options: {}, module: './handlers.js' },
  ])('where a JavaScript program names it $what', async ({ options, module = './handlers.ts' }) => {
    const args = ['javascript-program.mjs', 'threads', JSON.stringify(options), module]
    const { code, stdout, stderr } = await runNode(args, { cwd: application() })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual({ status: 'fulfilled', value: '42' })
  })
})

describe('where tsx is not installed beside a handler module, but runs the program, as by npx,', () => {
  const orderIn = async (kind: 'threads' | 'processes') => {
    const folder = application({ packages: ['eventlane', 'zod'] })
    const { code, stdout, stderr } = await runNode(['--import', tsx, 'main.ts', kind], { cwd: folder })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    return JSON.parse(stdout) as unknown
  }

  it('processes inherit it', async () => {
    expect(await orderIn('processes')).toMatchObject(outcomes('separate-process', expect.any(Number)))
  })

  it.runIf(nodeMajor >= 22)('threads inherit it (not before Node.js 22)', async () => {
    expect(await orderIn('threads')).toMatchObject(outcomes('separate-thread', expect.any(Number)))
  })
})

async function bundle(folder: string, options: BuildOptions): Promise<void> {
  await build({
    absWorkingDir: folder,
    entryPoints: ['main.ts', 'events.ts', 'handlers.ts', 'place-order.ts'],
    outdir: 'dist',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
    ...options,
  })
}

describe('a handler module works in threads and processes once it is built', () => {
  it('by tsc', async () => {
    const folder = application()
    await runTool(commandOf('typescript', 'tsc'), [], folder)
    await expectOrdersOf(folder, ['dist/main.js'])
  })

  it('by tsc, with experimentalDecorators', async () => {
    const folder = application({ compilerOptions: { experimentalDecorators: true } })
    await runTool(commandOf('typescript', 'tsc'), [], folder)
    await expectOrdersOf(folder, ['dist/main.js'])
  })

  it('by tsc into CommonJS, with __filename as its address', async () => {
    const folder = application({
      type: 'commonjs',
      compilerOptions: { module: 'commonjs', moduleResolution: 'bundler' },
      rewrite: (source) => source.replaceAll('import.meta.url', '__filename'),
    })
    await runTool(commandOf('typescript', 'tsc'), [], folder)
    await expectOrdersOf(folder, ['--disable-warning=ExperimentalWarning', 'dist/main.js'])
  })

  it('by esbuild, file by file', async () => {
    const folder = application()
    await bundle(folder, {})
    await expectOrdersOf(folder, ['dist/main.js'])
  })

  it('by esbuild, bundled with the handlers as an entry of their own', async () => {
    const folder = application()
    const entryPoints = ['main.ts', 'handlers.ts']
    await bundle(folder, { entryPoints, bundle: true, splitting: true, packages: 'external' })
    await expectOrdersOf(folder, ['dist/main.js'])
  })

  it('by esbuild, bundled and minified into one file that guards its main code with isMainRealm', async () => {
    const folder = application()
    // Minifying takes the names of functions away, unless it is told not to.
    const names = { minify: true, keepNames: true }
    await bundle(folder, { entryPoints: ['main.ts'], bundle: true, packages: 'external', ...names })
    await expectOrdersOf(folder, ['dist/main.js'])
  })

  it('by esbuild, with eventlane and its worker entries, where there are no packages', async () => {
    const folder = application({ packages: ['eventlane', 'zod'] })
    // Without code splitting each entry has a copy of core of its own.
    const names = { minify: true, keepNames: true }
    await bundle(folder, { entryPoints: { main: 'main.ts', ...workerEntries }, bundle: true, ...names })
    const deployed = `${folder}-deployed`
    cpSync(join(folder, 'dist'), deployed, { recursive: true })
    writeFileSync(join(deployed, 'package.json'), '{ "type": "module" }')
    await expectOrdersOf(deployed, ['main.js'])
  })

  it('by esbuild into CommonJS, with eventlane, its worker entries and an import.meta.url', async () => {
    const folder = application({ packages: ['eventlane', 'zod'], type: 'commonjs' })
    await bundle(folder, {
      entryPoints: { main: 'main.ts', ...workerEntries },
      bundle: true,
      format: 'cjs',
      define: { 'import.meta.url': 'bundleUrl' },
      banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href" },
    })
    await expectOrdersOf(folder, ['dist/main.js'])
  })

  it('by tsup', async () => {
    const folder = application()
    await runTool(commandOf('tsup'), ['main.ts', 'handlers.ts', '--format', 'esm', '--silent'], folder)
    await expectOrdersOf(folder, ['dist/main.js'])
  })
})

describe('a bundle whose workers cannot work says at once what is wrong', () => {
  const expectRefusal = async (options: BuildOptions, ...texts: readonly string[]) => {
    const folder = application({ packages: ['eventlane', 'zod', 'tinypool'] })
    await bundle(folder, { entryPoints: ['main.ts'], bundle: true, logLevel: 'silent', ...options })
    const extension = options.outExtension?.['.js'] ?? '.js'
    const { code, stderr } = await runNode([`dist/main${extension}`, 'threads'], { cwd: folder })
    expect(code).toBe(1)
    for (const text of texts) expect(stderr).toContain(text)
    expect(stderr).not.toContain('was not ready within')
  }

  it.each([
    { what: 'all of eventlane', external: [] },
    { what: 'eventlane without tinypool', external: ['tinypool'] },
  ])('where it contains $what without the worker entries', async ({ external }) => {
    await expectRefusal({ external }, 'ERR_POOL_BROKEN', 'dist/thread-lane.js', 'eventlane/bundler')
  })

  it('where it is CommonJS and contains eventlane', async () => {
    await expectRefusal(
      {
        format: 'cjs',
        outExtension: { '.js': '.cjs' },
        define: { 'import.meta.url': '__filename' },
      },
      'ERR_POOL_BROKEN',
      'a bundle that is no ES module',
      'eventlane/bundler',
    )
  })

  it('where the bundler puts the URL of the source in place of import.meta.url', async () => {
    await expectRefusal(
      { packages: 'external', define: { 'import.meta.url': '"file:///build/handlers.ts"' } },
      'ERR_HANDLER_NOT_PORTABLE',
      'file:///build/handlers.ts',
      'is not there for a worker to import',
    )
  })

  it('where minifying has taken the names of handlers away', async () => {
    await expectRefusal(
      { packages: 'external', minify: true },
      'ERR_HANDLER_NOT_PORTABLE',
      'dist/main.js',
      'keepNames',
    )
  })
})

describe.runIf(stripsTypes)('where Node.js strips types (not before 22.18)', () => {
  it('a handler module without decorators works in threads and processes by Node.js alone', async () => {
    const folder = application({ packages: ['eventlane', 'zod'] })
    const { code, stdout, stderr } = await runNode(['--disable-warning=ExperimentalWarning', 'native.ts'], {
      cwd: folder,
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe('42 in separate-thread, elsewhere\n42 in separate-process, elsewhere\n')
  })
})

describe.each(['threads', 'processes'])(
  'where tsx is not installed beside a handler module, in %s,',
  (kind) => {
    let folder: string
    const outcome = async (options: object) => {
      const args = [
        '--disable-warning=ExperimentalWarning',
        'javascript-program.mjs',
        kind,
        JSON.stringify(options),
      ]
      const { code, stdout, stderr } = await runNode(args, { cwd: folder })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return JSON.parse(stdout) as { status: string; value: string; code: string; message: string }
    }

    beforeAll(() => {
      folder = application({ packages: ['eventlane', 'zod'] })
      writeFileSync(join(folder, 'register.mjs'), `import { register } from '${tsxApi}'\nregister()\n`)
    })

    it.each(['auto', 'tsx', 'native'])('the loader %s says what to install', async (loader) => {
      const { status, code, message } = await outcome({ loader })
      expect({ status, code }).toEqual({ status: 'rejected', code: 'ERR_HANDLER_NOT_PORTABLE' })
      expect(message).toContain(pathToFileURL(join(folder, 'handlers.ts')).href)
      expect(message).toContain('npm install --save-dev tsx')
      expect(message).toContain('or point at the built JavaScript')
    })

    it('the loader none leaves it to the Node.js options of the workers', async () => {
      const execArgv = ['--import', pathToFileURL(join(folder, 'register.mjs')).href]
      expect(await outcome({ loader: 'none', execArgv })).toMatchObject({ status: 'fulfilled', value: '42' })
    })

    it('the loader none without such options gives the error of Node.js', async () => {
      const { status, code, message } = await outcome({ loader: 'none' })
      expect({ status, code }).toEqual({ status: 'rejected', code: 'ERR_HANDLER_NOT_PORTABLE' })
      expect(message).toContain('fails to import in a worker')
    })

    it('a loader given by its URL is used', async () => {
      const loader = pathToFileURL(join(folder, 'register.mjs')).href
      expect(await outcome({ loader })).toMatchObject({ status: 'fulfilled', value: '42' })
    })
  },
)
