import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runNode } from '@eventlane/local-programs'

const require = createRequire(import.meta.url)
const packageDirectory = fileURLToPath(new URL('../..', import.meta.url))

/** Runs a tool of the workspace by the script behind its command. */
export async function runTool(script: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await runNode([script, ...args], { cwd })
  if (code !== 0) throw new Error(`${script} ended with ${code}\n${stdout}${stderr}`)
}

/** The script behind a command that a dependency installs. */
export function commandOf(name: string, command = name): string {
  const manifest = require.resolve(`${name}/package.json`)
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: string | Record<string, string> }
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command]!)
}

/** The folder of an installed package. */
export function packageFolder(name: string): string {
  return name === 'eventlane' ? packageDirectory : dirname(require.resolve(`${name}/package.json`))
}

export interface ApplicationOptions {
  readonly type?: 'module' | 'commonjs'
  /** What can be imported. */
  readonly packages?: readonly string[]
  readonly compilerOptions?: object
  /** Changes the source of each file on the way. */
  readonly rewrite?: (source: string) => string
}

/** A new folder in the system's temporary folder, where nothing of the workspace can be resolved. */
export function temporaryFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'eventlane-')))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Makes an application of its own out of the sources in `test/typescript`. */
export function makeApplication(
  folder: string,
  {
    type = 'module',
    packages = ['eventlane', 'zod', 'tsx', '@types/node'],
    compilerOptions = {},
    rewrite,
  }: ApplicationOptions = {},
): string {
  const source = fileURLToPath(new URL('../typescript', import.meta.url))
  cpSync(source, folder, { recursive: true })
  if (rewrite) {
    for (const name of ['events.ts', 'handlers.ts', 'place-order.ts', 'main.ts']) {
      const file = join(folder, name)
      writeFileSync(file, rewrite(readFileSync(file, 'utf8')))
    }
  }
  for (const name of packages) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(packageFolder(name), link, 'junction')
  }
  const dependencies = Object.fromEntries(packages.map((name) => [name, '*']))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type, dependencies }))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'es2022',
        lib: ['es2023', 'esnext.disposable', 'esnext.decorators'],
        module: 'nodenext',
        types: ['node'],
        strict: true,
        skipLibCheck: true,
        rootDir: '.',
        outDir: 'dist',
        ...compilerOptions,
      },
      files: ['main.ts'],
    }),
  )
  return folder
}
