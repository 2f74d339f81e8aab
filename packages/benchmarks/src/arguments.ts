import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Benchmark } from './benchmark.js'
import { benchmarks } from './benchmarks.js'
import { FULL, QUICK, type Settings } from './settings.js'

/** What the user asked for. */
export interface Request {
  /** All, unless one was named. */
  readonly chosen: readonly Benchmark[]
  readonly isAll: boolean
  readonly settings: Settings
  readonly json: boolean
  /** Whether the documentation is to have the figures. */
  readonly write: boolean
}

interface Options {
  readonly json: boolean
  readonly quick: boolean
  readonly write: boolean
  readonly rounds?: number
  readonly sampleMs?: number
}

/**
 * Reads the command line; help and complaints are printed here.
 *
 * @returns the request, or the exit code where there is nothing left to do
 */
export function readArguments(argv: readonly string[]): Request | number {
  const command = new Command('bench')
    .description('Measures eventlane beside its peers, all of them in one run.')
    .addArgument(
      new Argument('[name]', 'one benchmark; default: all').choices(benchmarks.map(({ name }) => name)),
    )
    .option('--json', 'print JSON and nothing else', false)
    .addOption(
      new Option('--quick', 'fewer and shorter samples: less than a minute for a benchmark').default(false),
    )
    .addOption(
      new Option('--write', 'write the figures of one benchmark to docs/benchmarks.md, as a run of all does')
        .default(false)
        .conflicts('quick'),
    )
    .option('--rounds <n>', 'how often everything is measured', positiveInteger)
    .option('--sample-ms <n>', 'how long a sample takes at least', positiveInteger)
    .showSuggestionAfterError(false)
    .exitOverride()
  try {
    command.parse(argv, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    throw error
  }
  const [name] = command.args
  const { json, quick, write, ...samples } = command.opts<Options>()
  return {
    chosen: benchmarks.filter((benchmark) => name === undefined || benchmark.name === name),
    isAll: name === undefined,
    settings: { ...(quick ? QUICK : FULL), ...samples },
    json,
    write: write || (name === undefined && !quick),
  }
}

function positiveInteger(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a whole number above 0.')
  return number
}
