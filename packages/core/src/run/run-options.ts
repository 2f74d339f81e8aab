import { isDebugOption, type DebugOption } from '../tracing/debug-log.js'
import { InvalidOptionError } from '../errors/errors.js'
import type { EventDefinition } from '../event/event-definition.js'
import type { Metadata } from '../payload/metadata.js'
import {
  checkOptions,
  isAbortSignal,
  isBoolean,
  isLimit,
  isPlainObject,
  isPositiveInteger,
  isPositiveMs,
} from '../options.js'

/** How a handler is run without an event. */
export interface RunOptions {
  /** Cancels when it aborts. */
  readonly signal?: AbortSignal
  /** Longest run of the handler, in milliseconds, from its start. Default: no limit. */
  readonly timeoutMs?: number
  /** What the handler finds in `context.metadata`, a plain object of portable values. Default: nothing. */
  readonly metadata?: Metadata
  /**
   * Which of its events the payload is of, for a handler that was defined with several: its schema validates the payload, and
   * `context.event` is its name. Default: the one that the handler was defined with.
   */
  readonly event?: EventDefinition
  /**
   * Prints a line when the task is handed over, starts and ends: `true` to the standard error stream, a function is called with
   * each line. Default: what `NODE_DEBUG=eventlane` says.
   */
  readonly debug?: DebugOption
}

/** How a handler is run for each of many items. */
export interface MapOptions extends RunOptions {
  /**
   * How many items may be under way: taken from the source, and not yet given to who iterates. It bounds memory; how many handlers
   * run at once is for the executor to say. `Infinity` for no limit. Default: 100, or `chunkSize` where that is more.
   */
  readonly concurrency?: number
  /** Whether results come in the order of the items, or as they are ready. Default: `true`. */
  readonly ordered?: boolean
  /**
   * How many items are handed to the executor in one go, and get room in its queue in one step. More than one costs less for each
   * item; an item waits until its chunk is full or the source ends. At most `concurrency`. Default: 1.
   */
  readonly chunkSize?: number
  /**
   * Whether each item gives its `Outcome` in place of its result, so that a failed one ends nothing. A payload that is invalid or not
   * portable then makes a `rejected` outcome. Default: `false`.
   */
  readonly outcomes?: boolean
}

const RUN_OPTIONS: Readonly<Record<keyof RunOptions, (value: unknown) => boolean>> = {
  signal: isAbortSignal,
  timeoutMs: isPositiveMs,
  metadata: isPlainObject,
  event: (value) => typeof value === 'object' && value !== null,
  debug: isDebugOption,
}

const MAP_OPTIONS: Readonly<Record<keyof MapOptions, (value: unknown) => boolean>> = {
  ...RUN_OPTIONS,
  concurrency: isLimit,
  ordered: isBoolean,
  chunkSize: isPositiveInteger,
  outcomes: isBoolean,
}

/** @throws InvalidOptionError naming the option */
export function checkRunOptions(options: unknown): asserts options is RunOptions {
  checkOptions(options, RUN_OPTIONS, () => 'run of a handler')
}

/** @throws InvalidOptionError naming the option */
export function checkMapOptions(options: unknown): asserts options is MapOptions {
  checkOptions(options, MAP_OPTIONS, () => 'map of a handler')
  const { concurrency = Number.POSITIVE_INFINITY, chunkSize = 1 } = options as MapOptions
  if (chunkSize > concurrency) {
    throw new InvalidOptionError(
      `option chunkSize is ${String(chunkSize)}, and concurrency only ${String(concurrency)}`,
      'map of a handler',
      'make concurrency the larger one: a chunk is under way as a whole',
    )
  }
}
