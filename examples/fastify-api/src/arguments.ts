import { availableParallelism } from 'node:os'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'

/** The executors to choose from. */
const EXECUTORS = ['inline', 'thread'] as const
export type ExecutorName = (typeof EXECUTORS)[number]

/** What the user asked for. */
export interface Settings {
  readonly executor: ExecutorName
  /** Of the thread executor. */
  readonly workers: number
  /** How many heavy requests may wait. */
  readonly maxQueue: number
  /** 0: a free one. */
  readonly port: number
  readonly compare: boolean
  /** How long each measurement of a comparison takes. */
  readonly seconds: number
  readonly json: boolean
}

/**
 * Reads the command line; help and complaints are printed here.
 *
 * @returns the settings, or the exit code where there is nothing left to do
 */
export function readArguments(argv: readonly string[]): Settings | number {
  // One core is left to the event loop.
  const workers = Math.max(1, availableParallelism() - 1)
  const command = new Command('fastify-api')
    .description('A server whose heavy requests run in threads, or, for comparison, on its event loop.')
    .addOption(new Option('-x, --executor <name>', 'where handlers run').choices(EXECUTORS).default('thread'))
    .option('-w, --workers <n>', 'worker threads', wholeNumber(1, 256), workers)
    .option('-q, --max-queue <n>', 'how many heavy requests may wait', wholeNumber(1, 1_000_000), 100)
    .option('-p, --port <n>', 'port on 127.0.0.1; 0 is a free one', wholeNumber(0, 65_535), 3000)
    .option('-c, --compare', 'put both executors under load, and print a table', false)
    .option('-s, --seconds <n>', 'how long to measure, three times', wholeNumber(1, 60), 3)
    .option('--json', 'print the comparison as JSON and nothing else', false)
    .exitOverride()
  try {
    command.parse(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
  return command.opts<Settings>()
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (text === '' || !Number.isSafeInteger(number) || number < least || number > most)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
    return number
  }
}
