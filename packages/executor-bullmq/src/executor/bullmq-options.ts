import { InvalidOptionError } from '@eventlane/core'
import { checkOptions, isPositiveMs } from '@eventlane/core/executor'
import {
  DEFAULT_GROUP,
  DEFAULT_PREFIX,
  JOB_OPTIONS,
  QUEUE_LOCATION,
  type BackoffOptions,
  type QueueLocation,
  type RetentionOptions,
} from '../job/queue-options.js'

/** How a `BullMQExecutor` is set up. */
export interface BullMQExecutorOptions extends QueueLocation {
  /** How often a handler is tried whose link has no `retry`, the first attempt included. Default: 3. */
  readonly attempts?: number
  /** How long to wait between attempts. */
  readonly backoff?: BackoffOptions
  /** How long after `emit` handlers may start where `emit` does not say, in milliseconds. Default: at once. */
  readonly delayMs?: number
  /** How long finished jobs are kept. */
  readonly retention?: RetentionOptions
  /**
   * `hand-over` (default): a task's outcome is `handed-over` as soon as Redis has it. `await`: emissions settle with the values
   * and errors of the handlers, wherever they ran; then links may have an `order`, which is kept by this emitter, and their
   * `retry` is this emitter's work.
   */
  readonly results?: 'hand-over' | 'await'
  /**
   * What becomes of emissions while Redis cannot be reached. `wait` (default): they are tried again until `enqueueTimeoutMs` is
   * over. `reject`: their tasks are rejected at once. Both with an `EnqueueError`.
   */
  readonly unreachable?: 'wait' | 'reject'
  /** How long Redis may take to have an emission, in milliseconds. Default: 10,000. */
  readonly enqueueTimeoutMs?: number
}

const EXECUTOR_OPTIONS = {
  ...QUEUE_LOCATION,
  ...JOB_OPTIONS,
  results: (value: unknown) => value === 'hand-over' || value === 'await',
  unreachable: (value: unknown) => value === 'wait' || value === 'reject',
  enqueueTimeoutMs: isPositiveMs,
}

type Optional = 'order' | 'telemetry' | 'delayMs'

/** Options of a `BullMQExecutor` with their defaults filled in. */
export type ResolvedExecutorOptions = Required<
  Omit<BullMQExecutorOptions, Optional | 'backoff' | 'retention'>
> &
  Pick<BullMQExecutorOptions, Optional> & {
    readonly backoff: Required<BackoffOptions>
    readonly retention: RetentionOptions
  }

const DAY_MS = 24 * 60 * 60 * 1000
const RETENTION = {
  completed: { ageMs: 60 * 60 * 1000, count: 20_000 },
  failed: { ageMs: 14 * DAY_MS, count: 100_000 },
}

/**
 * Checks options and fills in defaults.
 *
 * @throws InvalidOptionError naming the option
 */
export function resolveExecutorOptions(options: BullMQExecutorOptions): ResolvedExecutorOptions {
  const where = 'new BullMQExecutor()'
  checkOptions(options, EXECUTOR_OPTIONS, () => where)
  const { connection, results = 'hand-over', order, telemetry, delayMs, backoff, retention } = options
  // Callers without a type checker forget it.
  if ((connection as unknown) === undefined)
    throw new InvalidOptionError(
      'the option connection is missing',
      where,
      "pass one: { connection: 'redis://127.0.0.1:6379' }",
    )
  if (results === 'await' && order !== undefined)
    throw new InvalidOptionError(
      "the options order and results: 'await' exclude each other",
      where,
      'leave order out: while its results are awaited, this emitter keeps the order of its links by itself',
    )
  return {
    connection,
    prefix: options.prefix ?? DEFAULT_PREFIX,
    group: options.group ?? DEFAULT_GROUP,
    signingKeys: options.signingKeys ?? [],
    attempts: options.attempts ?? 3,
    backoff: {
      type: backoff?.type ?? 'exponential',
      delayMs: backoff?.delayMs ?? 1000,
      maxDelayMs: backoff?.maxDelayMs ?? 30_000,
      jitter: backoff?.jitter ?? 0.5,
    },
    retention: {
      completed: { ...RETENTION.completed, ...retention?.completed },
      failed: { ...RETENTION.failed, ...retention?.failed },
    },
    results,
    unreachable: options.unreachable ?? 'wait',
    enqueueTimeoutMs: options.enqueueTimeoutMs ?? 10_000,
    ...(order && { order }),
    ...(telemetry && { telemetry }),
    ...(delayMs !== undefined && { delayMs }),
  }
}
