import {
  HandlerNotPortableError,
  InvalidOptionError,
  LinkFunctionError,
  WorkerLostError,
} from '../errors/errors.js'
import { checkOptions, isBoolean, isDelayMs, isFunction, isPositiveInteger } from '../options.js'

/**
 * When and how often a failed task is tried again. An attempt that ends with an error, or with a timeout, is followed by
 * another one after a delay, until one is fulfilled or the attempts are used up; the last error is the task's.
 *
 * @example
 * ```ts
 * import { defineEvent, EventLinker } from '@eventlane/core'
 *
 * const Tick = defineEvent('tick')
 * const linker = new EventLinker()
 * linker.on(Tick, () => fetch('https://example.org'), {
 *   local: true,
 *   timeoutMs: 2_000, // of each attempt
 *   retry: { attempts: 5, delayMs: 200, retryIf: (error) => error instanceof TypeError },
 * })
 * ```
 */
export interface RetryOptions {
  /** How many attempts at most, the first one included. Default: 3. */
  readonly attempts?: number
  /** `fixed`: every delay is `delayMs`; `exponential` (default): each is twice the one before it. */
  readonly backoff?: 'fixed' | 'exponential'
  /** Time between the end of the first attempt and the second, in milliseconds. Default: 100. */
  readonly delayMs?: number
  /** Longest delay between two attempts, in milliseconds. Default: 30,000. */
  readonly maxDelayMs?: number
  /** The share of each delay that is random, from 0 to 1, so that tasks that fail together do not come back together. Default: 0.5. */
  readonly jitter?: number
  /**
   * Whether to try again after this error of that attempt (from 1); called in the emitter's realm. Where it throws, or
   * returns anything but a boolean, the task is rejected with a `LinkFunctionError`. Default: always.
   */
  readonly retryIf?: (error: unknown, attempt: number) => boolean
  /**
   * Whether to try again when the worker was lost that ran the handler, or may have: it may then have run in part, more than
   * once. Default: `false`.
   */
  readonly onWorkerLoss?: boolean
}

const ATTEMPTS = 3
const DELAY_MS = 100
const MAX_DELAY_MS = 30_000
const JITTER = 0.5

const KNOWN_OPTIONS: Readonly<Record<keyof RetryOptions, (value: unknown) => boolean>> = {
  attempts: isPositiveInteger,
  backoff: (value) => value === 'fixed' || value === 'exponential',
  delayMs: isDelayMs,
  maxDelayMs: isDelayMs,
  jitter: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  retryIf: isFunction,
  onWorkerLoss: isBoolean,
}

/**
 * Refuses retry options that are unknown, wrong, or contradict each other.
 *
 * @throws {@link InvalidOptionError} naming the option
 */
export function checkRetryOptions(options: unknown, where: () => string): asserts options is RetryOptions {
  checkOptions(options, KNOWN_OPTIONS, where, 'retry.')
  const { delayMs = 0, maxDelayMs = Number.POSITIVE_INFINITY } = options as RetryOptions
  if (delayMs > maxDelayMs) {
    throw new InvalidOptionError(
      `option retry.delayMs is ${String(delayMs)}, and retry.maxDelayMs only ${String(maxDelayMs)}`,
      where(),
      'make maxDelayMs the larger one',
    )
  }
}

/**
 * Whether another attempt follows on one that was rejected.
 *
 * @param attempt which one that was, from 1
 * @throws {@link LinkFunctionError} when `retryIf` throws or does not say yes or no
 */
export function isRetried(
  options: RetryOptions,
  error: unknown,
  attempt: number,
  event: string,
  handler: string,
): boolean {
  const { attempts = ATTEMPTS, retryIf, onWorkerLoss = false } = options
  if (attempt >= attempts) return false
  if (error instanceof WorkerLostError && !onWorkerLoss) return false
  // It would not be found the next time either.
  if (error instanceof HandlerNotPortableError) return false
  if (retryIf === undefined) return true
  let answer: unknown
  try {
    answer = retryIf(error, attempt)
  } catch (thrown) {
    throw new LinkFunctionError('retryIf', { thrown }, event, handler, error)
  }
  if (typeof answer !== 'boolean')
    throw new LinkFunctionError(
      'retryIf',
      { returned: answer, wanted: 'true or false' },
      event,
      handler,
      error,
    )
  return answer
}

/** How long to wait after a failed attempt, in milliseconds. */
export function retryDelayMs(options: RetryOptions, attempt: number, random = Math.random): number {
  const { backoff = 'exponential', maxDelayMs = MAX_DELAY_MS, jitter = JITTER } = options
  const { delayMs = Math.min(DELAY_MS, maxDelayMs) } = options
  const full = backoff === 'fixed' ? delayMs : delayMs * 2 ** (attempt - 1)
  return Math.min(full, maxDelayMs) * (1 - jitter * random())
}
