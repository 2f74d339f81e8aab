import { readdirSync, readFileSync, symlinkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  commandOf,
  packageFolder,
  run,
  runTool,
  temporaryFolder,
  type ProgramEnd,
} from './support/application.js'

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const packages = fileURLToPath(new URL('../..', import.meta.url))
let folder: string
let removeFolder: () => void

/** The package eventlane and what it depends on in this workspace. */
function publishedPackages(): string[] {
  const manifests = new Map<string, Manifest>()
  for (const name of readdirSync(packages)) {
    try {
      const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as Manifest
      manifests.set(manifest.name, manifest)
    } catch {
      // Not a package.
    }
  }
  const needed = new Set(['eventlane'])
  // A set is iterated over what is added to it on the way.
  for (const name of needed) {
    const dependencies = Object.keys(manifests.get(name)?.dependencies ?? {})
    for (const dependency of dependencies) if (manifests.has(dependency)) needed.add(dependency)
  }
  return [...needed]
}

/** Runs a command of npm's, which is a script on Windows. */
async function runNpm(command: 'npm' | 'npx', args: readonly string[], cwd: string): Promise<void> {
  // An npx that these tests themselves run under would have its package installed by this one too.
  const { npm_config_package: _package, npm_config_call: _call, ...env } = process.env
  const { code, stdout, stderr } =
    process.platform === 'win32'
      ? await run('cmd.exe', ['/d', '/s', '/c', command, ...args], cwd, env)
      : await run(command, args, cwd, env)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`)
}

const HANDLERS = `
export class Totals {
  static add({ items }) {
    return items.reduce((sum, price) => sum + price, 0n)
  }
}
on('order.placed')(Totals, 'add', { value: Totals.add })

export const where = defineHandler(MODULE, function where(_order, { mode }) {
  return mode
})
`

const MAIN = `
EventLinker.default.on('order.placed', where)

async function main() {
  const executors = [new InlineExecutor(), new ThreadExecutor({ workers: 1 }), new ProcessExecutor({ workers: 1 })]
  for (const executor of [...executors, undefined]) {
    const events = new EventEmitter(executor && { executor })
    const report = await events.emit('order.placed', { items: [1n, 2n] })
    console.log(report.outcomes.map(({ value }) => String(value)).join(' '))
    await events.shutdown()
  }
}

void main()
`

const OUTPUT = `3 main-event-loop-async
3 separate-thread
3 separate-process
3 separate-thread
`

function expectOutput({ code, stdout, stderr }: ProgramEnd) {
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: OUTPUT, stderr: '' })
}

describe('eventlane as npm installs it', () => {
  beforeAll(async () => {
    const temporary = temporaryFolder()
    folder = temporary.folder
    removeFolder = temporary.remove
    const filters = publishedPackages().flatMap((name) => ['--filter', name])
    const tarballs = join(folder, 'tarballs')
    await runNpm(
      'npx',
      ['--yes', 'pnpm@12', ...filters, '--recursive', 'pack', '--pack-destination', tarballs],
      packages,
    )
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    const files = readdirSync(tarballs).map((name) => `./tarballs/${name}`)
    expect(files).toHaveLength(publishedPackages().length)
    await runNpm(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...files],
      folder,
    )
  })

  afterAll(() => removeFolder())

  it('runs handlers of an ES module inline, in threads and in processes', async () => {
    writeFileSync(
      join(folder, 'handlers.mjs'),
      `import { defineHandler, on } from 'eventlane'\n${HANDLERS.replace('MODULE', 'import.meta.url')}`,
    )
    writeFileSync(
      join(folder, 'main.mjs'),
      `import { EventEmitter, EventLinker, InlineExecutor, ProcessExecutor, ThreadExecutor } from 'eventlane'
      import { where } from './handlers.mjs'
      ${MAIN}`,
    )
    expectOutput(await run('node', ['main.mjs'], folder))
  })

  it('runs handlers of a CommonJS module inline, in threads and in processes', async () => {
    writeFileSync(
      join(folder, 'handlers.cjs'),
      `const { defineHandler, on } = require('eventlane')\n${HANDLERS.replace('MODULE', '__filename').replaceAll('export const where =', 'exports.where =').replaceAll('export class', 'class')}`,
    )
    writeFileSync(
      join(folder, 'main.cjs'),
      `const { EventEmitter, EventLinker, InlineExecutor, ProcessExecutor, ThreadExecutor } = require('eventlane')
      const { where } = require('./handlers.cjs')
      ${MAIN}`,
    )
    // What Node.js 20 says of require() for ES modules.
    expectOutput(await run('node', ['--disable-warning=ExperimentalWarning', 'main.cjs'], folder))
  })

  it('has declarations that a strict TypeScript program compiles with', async () => {
    mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
    symlinkSync(packageFolder('@types/node'), join(folder, 'node_modules', '@types', 'node'), 'junction')
    writeFileSync(
      join(folder, 'program.mts'),
      `import { defineEvent, defineHandler, EventEmitter, EventLinker, payload, type EmissionReport } from 'eventlane'

      const Placed = defineEvent('order.placed', payload<{ total: bigint }>())
      const total = defineHandler(import.meta.url, Placed, function total(order) {
        return order.total
      })
      EventLinker.default.on(Placed, total)
      const events: AsyncDisposable = new EventEmitter()
      export const totalOf = (report: EmissionReport): bigint => {
        const outcome = report.of(total)
        return outcome?.status === 'fulfilled' ? outcome.value : 0n
      }
      void events[Symbol.asyncDispose]()
      `,
    )
    const lib = 'es2023,esnext.disposable,esnext.decorators'
    const args = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--lib', lib]
    await runTool(commandOf('typescript', 'tsc'), [...args, '--types', 'node', 'program.mts'], folder)
  })
})
