import { isDebugOption, type DebugOption } from '../tracing/debug-log.js'
import type { DefaultEvents } from '../event/event-definition.js'
import type { Executor } from '../executor/executor.js'
import type { SettlementCallbacks } from '../link/link.js'
import type { EventLinker } from '../link/linker.js'
import type { Metadata } from '../payload/metadata.js'
import { isAbortSignal, isBoolean, isDelayMs, isFunction, isPlainObject, isPositiveMs } from '../options.js'

/** How an emitter is put together. */
export interface EmitterOptions<
  Events extends object = DefaultEvents,
  Name extends string = string,
> extends SettlementCallbacks {
  /** Runs the handlers that are not local, and whose links name no other executor. */
  readonly executor: Executor
  /** Further executors, by the names that links give in their option `executor`. Default: none. */
  readonly executors?: Readonly<Record<Name, Executor>>
  /** The registry of links. Default: `EventLinker.default`. */
  readonly linker?: EventLinker<Events>
  /** Whether `shutdown` ends the executors too. Default: `true`; an executor has one owner. */
  readonly ownsExecutor?: boolean
  /** What becomes of a failure that no callback takes and nobody awaits. Default: `warn`, by `process.emitWarning`. */
  readonly onUnhandledFailure?: 'warn' | 'throw'
  /** How deep handlers may emit out of handlers. Default: 100. */
  readonly maxDepth?: number
  /** Bounds the shutdown at the end of an `await using` scope, in milliseconds. Default: no limit. */
  readonly shutdownTimeoutMs?: number
  /**
   * Whether the emitter's `stats()` tells of each handler. It takes 4 KiB for each, and some 30 ns for each task, which is 3 % of
   * an emission to one inline handler that does nothing. Default: `false`.
   */
  readonly stats?: boolean
  /**
   * Prints a line for each emission, task and outcome: `true` to the standard error stream, a function is called with each line.
   * `NODE_DEBUG=eventlane` in the environment does so for every emitter. Default: the linker's option.
   */
  readonly debug?: DebugOption
}

/** Options of one `emit`. */
export interface EmitOptions {
  /** Cancels the emission when it aborts. */
  readonly signal?: AbortSignal
  /** Longest run of each handler, in milliseconds; where its link has a limit too, the shorter one counts. */
  readonly timeoutMs?: number
  /**
   * What travels with the emission beside its payload, a plain object of portable values: handlers find it in
   * `context.metadata`, in every realm, and what they emit has the same. Default: nothing.
   */
  readonly metadata?: Metadata
  /** How long after `emit` handlers may start, in milliseconds, each link for itself. Default: at once. */
  readonly delayMs?: number
  /**
   * The id of the emission: letters, digits, `_`, `.` and `-`, at most 128. On a queue engine that still knows an emission of that
   * id, emitting it again adds nothing, so that a caller who does not know whether an `emit` came through can repeat it. Default:
   * a new UUID.
   */
  readonly emissionId?: string
}

/** Options of `drain`. */
export interface DrainOptions {
  /** How long to wait, in milliseconds. Default: no limit. */
  readonly timeoutMs?: number
}

/** Options of `shutdown`. */
export interface ShutdownOptions {
  /** Whether the promise waits for the work to end; if not, the work ends in the background. Default: `true`. */
  readonly wait?: boolean
  /** Cancels the tasks that have not started. Default: `false`. */
  readonly cancelPending?: boolean
  /** After this time, in milliseconds, workers are ended and what is left is cancelled. Default: no limit. */
  readonly timeoutMs?: number
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

export const EMITTER_OPTIONS = {
  executor: isObject,
  executors: isPlainObject,
  linker: isObject,
  ownsExecutor: isBoolean,
  onSuccess: isFunction,
  onFailure: isFunction,
  onUnhandledFailure: (value: unknown) => value === 'warn' || value === 'throw',
  maxDepth: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0,
  shutdownTimeoutMs: isPositiveMs,
  stats: isBoolean,
  debug: isDebugOption,
}
export const EMIT_OPTIONS = {
  signal: isAbortSignal,
  timeoutMs: isPositiveMs,
  metadata: isPlainObject,
  delayMs: isDelayMs,
  emissionId: (value: unknown) => typeof value === 'string' && /^[\w.-]{1,128}$/.test(value),
}
export const DRAIN_OPTIONS = { timeoutMs: isPositiveMs }
export const SHUTDOWN_OPTIONS = { wait: isBoolean, cancelPending: isBoolean, timeoutMs: isPositiveMs }
