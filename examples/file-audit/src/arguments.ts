import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { executorNames, type ExecutorName } from './contenders.js'

/** What the user asked for. */
export interface Settings {
  /** Absolute. */
  readonly folder: string
  readonly executor: ExecutorName
  readonly workers: number
  readonly limit?: number
  readonly rounds: number
  readonly compare: boolean
  readonly json: boolean
}

/** What this repository has installed: real files, and many. */
const DEFAULT_FOLDER = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/**
 * Reads the command line; help and complaints are printed here.
 *
 * @returns the settings, or the exit code where there is nothing left to do
 */
export function readArguments(argv: readonly string[]): Settings | number {
  const command = new Command('file-audit')
    .description(
      'Hashes, compresses and classifies every file of a folder: one event, three handlers, any executor.',
    )
    .argument('[folder]', "what to audit (default: this repository's node_modules)")
    .addOption(
      new Option('-e, --executor <name>', 'where the handlers run')
        .choices(executorNames)
        .default('thread')
        .conflicts('compare'),
    )
    .option('-w, --workers <n>', 'worker threads or processes', positiveInteger, availableParallelism())
    .option('-l, --limit <n>', 'audit a sample: n files, spread evenly over their sizes', positiveInteger)
    .option('-c, --compare', 'run under every executor and under a rival, side by side', false)
    .option('-r, --rounds <n>', 'with --compare: how often each of them runs', positiveInteger, 3)
    .option('--json', 'print JSON', false)
    .exitOverride()
  try {
    command.parse(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
  const [folder = DEFAULT_FOLDER] = command.args
  return { folder: resolve(folder), ...command.opts<Omit<Settings, 'folder'>>() }
}

function positiveInteger(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.')
  return number
}
