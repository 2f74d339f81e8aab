import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Contender, Figure } from '../contest.js'
import type { Metric } from '../metric.js'
import { generateProject, type ProjectSize, type ProjectStyle } from './generated-project.js'

export const CHECK_TIME: Metric = { name: 'check time', unit: 'ns', better: 'less' }
export const TOTAL_TIME: Metric = { name: 'total time', unit: 'ns', better: 'less' }

const NANOSECONDS_PER_SECOND = 1e9

const require = createRequire(import.meta.url)
const compiler = require.resolve('typescript/lib/tsc.js')
const typeRoots = [dirname(dirname(require.resolve('@types/node/package.json')))]

/** Those of this repository, but for what `noEmit` leaves without effect. */
const COMPILER_OPTIONS = {
  target: 'ES2023',
  lib: ['ES2023', 'ESNext.Decorators', 'ESNext.Disposable'],
  module: 'NodeNext',
  types: ['node'],
  typeRoots,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  skipLibCheck: true,
  noEmit: true,
}

/** A generated project in a folder of its own, which the compiler checks in a process of its own for each sample. */
export class CompiledProject implements Contender, Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'eventlane-types-'))

  constructor(
    readonly subject: ProjectStyle,
    size: ProjectSize,
  ) {
    const packages = fileURLToPath(new URL('../../node_modules', import.meta.url))
    symlinkSync(packages, join(this.folder, 'node_modules'), 'junction')
    this.#write('package.json', JSON.stringify({ type: 'module' }))
    this.#write('tsconfig.json', JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['*.ts'] }))
    for (const [name, text] of generateProject(subject, size)) this.#write(name, text)
  }

  readonly measure = (): readonly Figure[] => {
    const args = [compiler, '--project', this.folder, '--extendedDiagnostics']
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${this.subject}: the project does not compile\n${stdout}`)
    return [CHECK_TIME, TOTAL_TIME].map((metric) => {
      const seconds = new RegExp(`^${metric.name}:\\s+([\\d.]+)s$`, 'im').exec(stdout)?.[1]
      return { metric, value: Number(seconds) * NANOSECONDS_PER_SECOND }
    })
  };

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }
}
