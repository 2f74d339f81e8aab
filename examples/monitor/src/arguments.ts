import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, CommanderError, InvalidArgumentError } from 'commander'

/** What the user asked for. */
export interface Settings {
  /** Absolute. */
  readonly folder: string
  /** How long to run; without it, until Ctrl-C. */
  readonly seconds?: number
  /** How often services look, and the table is drawn. */
  readonly everyMs: number
  /** After how many seconds the process of a service is killed, to be seen to come back. */
  readonly kill?: number
}

const DEFAULT_FOLDER = fileURLToPath(new URL('../src', import.meta.url))

/**
 * Reads the command line; help and complaints are printed here.
 *
 * @returns the settings, or the exit code where there is nothing left to do
 */
export function readArguments(argv: readonly string[]): Settings | number {
  const command = new Command('monitor')
    .description('Watches a folder and the processors: three services, in a thread, in a process and inline.')
    .argument('[folder]', 'what to watch (default: the sources of this example)')
    .option('-s, --seconds <n>', 'end after so many seconds; otherwise at Ctrl-C', positiveNumber)
    .option('-e, --every-ms <n>', 'how often to look, in milliseconds', positiveNumber, 500)
    .option('-k, --kill <n>', 'kill the process of the CPU sampler after so many seconds', positiveNumber)
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

function positiveNumber(text: string): number {
  const number = Number(text)
  if (!Number.isFinite(number) || number <= 0) throw new InvalidArgumentError('It must be a number above 0.')
  return number
}
