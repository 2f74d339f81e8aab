import { availableParallelism } from 'node:os'
import { EventLinker, InvalidOptionError, type Executor, type ModuleReference } from '@eventlane/core'
import {
  checkOptions,
  isDelayMs,
  isFunction,
  isPositiveInteger,
  isPositiveMs,
  moduleUrl,
  showThrown,
} from '@eventlane/core/executor'
import {
  DEFAULT_GROUP,
  DEFAULT_PREFIX,
  JOB_OPTIONS,
  QUEUE_LOCATION,
  type BackoffOptions,
  type QueueLocation,
  type RetentionOptions,
} from '../job/queue-options.js'

/** What a worker's handlers run in, by name: its own event loop, its threads, or its child processes. */
export type WorkerExecutorName = 'inline' | 'thread' | 'process'

/** How a worker is set up. */
export interface WorkerOptions extends QueueLocation {
  /**
   * The modules of its handlers, imported at the start: `new URL('./handlers.js', import.meta.url)`. It runs the handlers that
   * they define or export, and those of its links; nothing else.
   */
  readonly modules?: readonly ModuleReference[]
  /** Its links: which handlers run when its handlers emit, or when its group is sent an event. Default: `EventLinker.default`. */
  readonly linker?: EventLinker
  /** How many tasks it works on at once. Default: 50, and with threads or processes as many as there are of these. */
  readonly concurrency?: number
  /**
   * What its handlers run in: `thread` (default), `process` or `inline`, or an executor of your own making, which it then owns.
   * CPU-bound handlers must not run inline, since the worker could not renew its locks meanwhile.
   */
  readonly executor?: WorkerExecutorName | Executor
  /** How long a job that is being worked on stays this worker's without a sign of life, in milliseconds. Default: 30,000. */
  readonly lockMs?: number
  /** How often workers look for jobs whose worker is gone, in milliseconds. Default: 10,000. */
  readonly stallCheckMs?: number
  /** How often a job may lose its worker before it is a dead letter. Default: 3. */
  readonly maxStalls?: number
  /** How long a task whose handler no worker knows waits for one that does, in milliseconds. Default: 10 minutes. */
  readonly parkMs?: number
  /** How long `shutdown` lets running handlers go on, in milliseconds; then they are stopped, and run elsewhere. Default: 30,000. */
  readonly shutdownTimeoutMs?: number
  /** How often its handlers' emissions are tried; see `BullMQExecutorOptions`. */
  readonly attempts?: number
  /** How long it waits between attempts; see `BullMQExecutorOptions`. */
  readonly backoff?: BackoffOptions
  /** How long Redis keeps what has ended; see `BullMQExecutorOptions`. */
  readonly retention?: RetentionOptions
  /** Called with a line for whatever happens to its tasks but that they are fulfilled. Default: nobody is told. */
  readonly log?: (line: string) => void
  /** Called with errors that belong to no task, such as those of the connection. Default: they are process warnings. */
  readonly onError?: (error: Error) => void
}

const EXECUTOR_NAMES: readonly unknown[] = ['inline', 'thread', 'process'] satisfies WorkerExecutorName[]
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

const { delayMs: _delayMs, ...EMISSION_OPTIONS } = JOB_OPTIONS

const WORKER_OPTIONS = {
  ...QUEUE_LOCATION,
  ...EMISSION_OPTIONS,
  modules: Array.isArray,
  linker: (value: unknown) =>
    value instanceof EventLinker || (isObject(value) && 'match' in (value as object)),
  concurrency: isPositiveInteger,
  executor: (value: unknown) =>
    EXECUTOR_NAMES.includes(value) || (isObject(value) && 'submit' in (value as object)),
  lockMs: isPositiveMs,
  stallCheckMs: isPositiveMs,
  maxStalls: isPositiveInteger,
  parkMs: isDelayMs,
  shutdownTimeoutMs: isDelayMs,
  log: isFunction,
  onError: isFunction,
}

type Defaulted =
  | 'prefix'
  | 'group'
  | 'signingKeys'
  | 'linker'
  | 'concurrency'
  | 'executor'
  | 'lockMs'
  | 'stallCheckMs'
  | 'maxStalls'
  | 'parkMs'
  | 'shutdownTimeoutMs'

/** Options of a worker with their defaults filled in. */
export type ResolvedWorkerOptions = Omit<WorkerOptions, 'modules'> &
  Required<Pick<WorkerOptions, Defaulted>> & { readonly modules: readonly string[] }

const WHERE = 'createWorker()'

/**
 * Checks options and fills in defaults.
 *
 * @throws InvalidOptionError naming the option
 */
export function resolveWorkerOptions(options: WorkerOptions): ResolvedWorkerOptions {
  checkOptions(options, WORKER_OPTIONS, () => WHERE)
  // Callers without a type checker forget it.
  if ((options.connection as unknown) === undefined)
    throw new InvalidOptionError(
      'the option connection is missing',
      WHERE,
      "pass one: { connection: 'redis://127.0.0.1:6379' }",
    )
  const { modules = [], executor = 'thread' } = options
  return {
    ...options,
    modules: modules.map(urlOf),
    executor,
    prefix: options.prefix ?? DEFAULT_PREFIX,
    group: options.group ?? DEFAULT_GROUP,
    signingKeys: options.signingKeys ?? [],
    linker: options.linker ?? EventLinker.default,
    concurrency:
      options.concurrency ??
      (typeof executor === 'string' && executor !== 'inline' ? availableParallelism() : 50),
    lockMs: options.lockMs ?? 30_000,
    stallCheckMs: options.stallCheckMs ?? 10_000,
    maxStalls: options.maxStalls ?? 3,
    parkMs: options.parkMs ?? 600_000,
    shutdownTimeoutMs: options.shutdownTimeoutMs ?? 30_000,
  }
}

function urlOf(module: ModuleReference): string {
  const url = moduleUrl(module)
  if (url !== undefined) return url
  throw new InvalidOptionError(
    `option modules holds ${showThrown(module)}, which is no file`,
    WHERE,
    "pass new URL('./handlers.js', import.meta.url), or an absolute path",
  )
}
