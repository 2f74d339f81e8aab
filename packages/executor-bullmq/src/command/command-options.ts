import { parseArgs } from 'node:util'
import { InvalidOptionError } from '@eventlane/core'
import type { SigningKey } from '../job/signature.js'
import type { WorkerExecutorName } from '../worker/worker-options.js'

/** What the command is told to do. */
export interface CommandOptions {
  readonly action: 'work' | 'help' | 'list' | 'retry' | 'remove'
  /** The id of a dead letter. */
  readonly id: string | undefined
  readonly modules: readonly string[]
  readonly redis: string
  readonly prefix: string | undefined
  readonly group: string | undefined
  readonly shards: number | undefined
  readonly concurrency: number | undefined
  readonly executor: WorkerExecutorName
  readonly healthPort: number | undefined
  readonly shutdownTimeoutMs: number
  readonly parkMs: number | undefined
  readonly signingKeys: readonly SigningKey[]
}

export const HELP = `eventlane-worker runs the handlers of eventlane emitters on this machine.

  eventlane-worker --modules ./dist/handlers.js --redis redis://127.0.0.1:6379
  eventlane-worker dead-letters list | retry <id> | remove <id> --redis redis://127.0.0.1:6379

  --modules <file>            a module of handlers; give it once for each
  --redis <url>               where Redis is; default: REDIS_URL, or redis://127.0.0.1:6379
  --prefix <name>             the first part of keys in Redis; default: eventlane
  --group <name>              the group of workers that this one is of; default: main
  --shards <number>           how many queues ordered tasks are spread over; default: none
  --concurrency <n>           tasks at once; default: 50 inline, else one for each core
  --executor <mode>           thread (default), process or inline
  --health-port <port>        answers GET /health there: 200 when ready, else 503
  --shutdown-timeout-ms <ms>  how long handlers may go on after SIGTERM; default: 30000
  --park-ms <ms>              how long tasks of unknown handlers wait for a worker that knows them; default: 600000

EVENTLANE_SIGNING_KEYS=id:secret,id:secret   keys that jobs must be signed with
`

const FLAGS = {
  modules: { type: 'string', multiple: true },
  redis: { type: 'string' },
  prefix: { type: 'string' },
  group: { type: 'string' },
  shards: { type: 'string' },
  concurrency: { type: 'string' },
  executor: { type: 'string' },
  'health-port': { type: 'string' },
  'shutdown-timeout-ms': { type: 'string' },
  'park-ms': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const WHERE = 'eventlane-worker'
const MODES: readonly string[] = ['inline', 'thread', 'process'] satisfies WorkerExecutorName[]

/**
 * Reads the command line.
 *
 * @throws InvalidOptionError naming the flag
 */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandOptions {
  const { values, positionals } = parse(args)
  const number = (
    name: 'shards' | 'concurrency' | 'health-port' | 'shutdown-timeout-ms' | 'park-ms',
  ): number | undefined => {
    const text = values[name]
    if (text === undefined) return undefined
    if (/^\d+$/.test(text)) return Number(text)
    throw refused(`--${name} is ${JSON.stringify(text)}, which is no number`)
  }
  const executor = values.executor ?? 'thread'
  if (!MODES.includes(executor)) throw refused(`--executor is ${JSON.stringify(executor)}`)
  const action = values.help ? 'help' : actionOf(positionals)
  const modules = values.modules ?? []
  if (action === 'work' && modules.length === 0) throw refused('--modules is missing')
  return {
    action,
    id: positionals[2],
    modules,
    redis: values.redis ?? environment.REDIS_URL ?? 'redis://127.0.0.1:6379',
    prefix: values.prefix,
    group: values.group,
    shards: number('shards'),
    concurrency: number('concurrency'),
    executor: executor as WorkerExecutorName,
    healthPort: number('health-port'),
    shutdownTimeoutMs: number('shutdown-timeout-ms') ?? 30_000,
    parkMs: number('park-ms'),
    signingKeys: keysIn(environment.EVENTLANE_SIGNING_KEYS),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true })
  } catch (error) {
    throw refused((error as Error).message)
  }
}

function actionOf(positionals: readonly string[]): CommandOptions['action'] {
  const [subject, action, id, ...rest] = positionals
  if (subject === undefined) return 'work'
  const isKnown = action === 'list' || action === 'retry' || action === 'remove'
  if (subject !== 'dead-letters' || !isKnown || rest.length > 0 || (id === undefined) !== (action === 'list'))
    throw refused(`unknown arguments: ${positionals.join(' ')}`)
  return action
}

function keysIn(text: string | undefined): SigningKey[] {
  if (!text) return []
  return text.split(',').map((pair) => {
    const end = pair.indexOf(':')
    if (end < 1 || pair.length - end - 1 < 16)
      throw refused(
        'EVENTLANE_SIGNING_KEYS must be id:secret,id:secret with secrets of at least 16 characters',
      )
    return { id: pair.slice(0, end), secret: pair.slice(end + 1) }
  })
}

function refused(what: string): InvalidOptionError {
  return new InvalidOptionError(what, WHERE, 'eventlane-worker --help tells what there is')
}
