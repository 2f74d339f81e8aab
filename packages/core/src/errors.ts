import type { HandlerAddress } from './address.js'
import { formatAddress } from './address.js'
import { errorMessage, listOfMessages, type ErrorParts } from './error-message.js'
import { isError, messageOf, showThrown, showValue } from './thrown.js'

const BRAND = Symbol.for('eventlane.error')

function causeOf({ cause }: ErrorParts): ErrorOptions | undefined {
  return cause === undefined ? undefined : { cause }
}

/**
 * The base of every error that eventlane throws or reports.
 *
 * `instanceof EventlaneError` also holds for errors made by another copy of the package and for {@link EmissionError},
 * which is an `AggregateError`.
 *
 * @example
 * ```ts
 * import { EventlaneError } from '@eventlane/core'
 *
 * const codeOf = (error: unknown) => (error instanceof EventlaneError ? error.code : undefined)
 * ```
 */
export class EventlaneError extends Error {
  /** Stable code, such as `ERR_INVALID_PAYLOAD`. */
  readonly code: string

  constructor(parts: ErrorParts) {
    super(errorMessage(parts), causeOf(parts))
    this.code = parts.code
  }

  static {
    this.prototype.name = 'EventlaneError'
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  /** Whether a value is such an error, also where another copy of this package made it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      if (this !== EventlaneError) return Function.prototype[Symbol.hasInstance].call(this, value)
      return typeof value === 'object' && value !== null && BRAND in value
    } catch {
      return false // a revoked proxy
    }
  }
}

/** An option of a constructor or call is unknown, of the wrong type, or contradicts another. */
export class InvalidOptionError extends EventlaneError {
  static {
    this.prototype.name = 'InvalidOptionError'
  }
  constructor(what: string, where: string, remedy: string, cause?: unknown) {
    super({ code: 'ERR_INVALID_OPTION', what, where, remedy, cause })
  }
}

/** An event definition or event name cannot be used. */
export class InvalidEventError extends EventlaneError {
  static {
    this.prototype.name = 'InvalidEventError'
  }
  constructor(what: string, remedy: string, event?: string, cause?: unknown) {
    super({
      code: 'ERR_INVALID_EVENT',
      what,
      where: event && `event ${JSON.stringify(event)}`,
      remedy,
      cause,
    })
  }
}

/** A link cannot be made: unknown arguments, or the same handler linked twice with different options. */
export class InvalidLinkError extends EventlaneError {
  static {
    this.prototype.name = 'InvalidLinkError'
  }
  constructor(what: string, where: string, remedy: string) {
    super({ code: 'ERR_INVALID_LINK', what, where, remedy })
  }
}

/** A link cannot be made, because its linker would have more links than its options allow; none was made. */
export class LinkLimitError extends EventlaneError {
  static {
    this.prototype.name = 'LinkLimitError'
  }
  /** The option's value. */
  readonly limit: number

  constructor(option: 'maxLinks' | 'maxLinksPerEvent', limit: number, where: string) {
    super({
      code: 'ERR_LINK_LIMIT',
      what: `the linker has as many links as its option ${option} allows: ${String(limit)}`,
      where,
      remedy: `unlink what is no longer needed (a link made for each request is a leak), or raise ${option}`,
    })
    this.limit = limit
  }
}

/** What `linker.next` waited for will not come, because its link was removed. */
export class LinkRemovedError extends EventlaneError {
  static {
    this.prototype.name = 'LinkRemovedError'
  }
  constructor(where: string) {
    super({
      code: 'ERR_LINK_REMOVED',
      what: 'the link that waited for the next event was removed',
      where,
      remedy: 'linker.clear() removes such links too: wait again, or clear before',
    })
  }
}

/** One complaint of a schema about a payload. */
export interface PayloadIssue {
  /** Path in JavaScript notation, starting with `payload`. */
  readonly path: string
  /** What the schema says of it. */
  readonly message: string
}

/** The payload given to `emit` does not fit the event's schema. */
export class InvalidPayloadError extends EventlaneError {
  static {
    this.prototype.name = 'InvalidPayloadError'
  }
  /** The name of the event. */
  readonly event: string
  /** What does not fit, one entry for each place. */
  readonly issues: readonly PayloadIssue[]

  constructor(event: string, issues: readonly PayloadIssue[], cause?: unknown) {
    super({
      code: 'ERR_INVALID_PAYLOAD',
      what: `the payload does not fit the schema of its event: ${issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')}`,
      where: `event ${JSON.stringify(event)}`,
      remedy: 'emit a payload that the schema accepts; nothing was emitted',
      cause,
    })
    this.event = event
    this.issues = issues
  }
}

/** Something inside a payload that would not survive the trip to another realm. */
export interface PortabilityOffence {
  /** Path in JavaScript notation, such as `payload.items[3].onClick`. */
  readonly path: string
  /** What was found there, such as `function onClick`. */
  readonly found: string
}

/** A payload, or a handler's result, holds something that would not arrive unchanged in another realm. */
export class PayloadNotPortableError extends EventlaneError {
  static {
    this.prototype.name = 'PayloadNotPortableError'
  }
  /** The name of the event; `undefined` for a value that is no payload of one. */
  readonly event: string | undefined
  /** What cannot travel, one entry for each place. */
  readonly offences: readonly PortabilityOffence[]

  constructor(
    offences: readonly PortabilityOffence[],
    remedy: string,
    where?: { event?: string; handler?: string },
  ) {
    const places = [
      where?.event && `event ${JSON.stringify(where.event)}`,
      where?.handler && `handler ${where.handler}`,
    ]
    super({
      code: 'ERR_PAYLOAD_NOT_PORTABLE',
      what: `not portable: ${offences.map(({ path, found }) => `${path} is ${found}`).join('; ')}`,
      where: places.filter(Boolean).join(', ') || undefined,
      remedy,
    })
    this.event = where?.event
    this.offences = offences
  }
}

/** A text that should hold an encoded payload does not. */
export class PayloadDecodeError extends EventlaneError {
  static {
    this.prototype.name = 'PayloadDecodeError'
  }
  constructor(what: string, cause?: unknown) {
    super({
      code: 'ERR_PAYLOAD_DECODE',
      what: `the encoded payload cannot be read: ${what}`,
      remedy: 'decode only what payloads.encode wrote, with the same classes and custom types registered',
      cause,
    })
  }
}

/** A handler cannot be found by a fresh realm that merely imports its module. */
export class HandlerNotPortableError extends EventlaneError {
  static {
    this.prototype.name = 'HandlerNotPortableError'
  }
  /** The address of the handler, where it has one. */
  readonly address: HandlerAddress | undefined

  constructor(what: string, where: string | HandlerAddress, remedy: string, cause?: unknown) {
    const address = typeof where === 'string' ? undefined : where
    super({
      code: 'ERR_HANDLER_NOT_PORTABLE',
      what,
      where: typeof where === 'string' ? where : `handler ${formatAddress(where)}`,
      remedy,
      cause,
    })
    this.address = address
  }
}

/** `emit` was called on an emitter or executor that has been shut down. */
export class EmitterClosedError extends EventlaneError {
  static {
    this.prototype.name = 'EmitterClosedError'
  }
  constructor(what: string, event?: string) {
    super({
      code: 'ERR_EMITTER_CLOSED',
      what,
      where: event && `event ${JSON.stringify(event)}`,
      remedy: 'emit before shutdown() is called or the scope of `await using` is left',
    })
  }
}

/** An executor is already owned by another emitter. */
export class ExecutorOwnedError extends EventlaneError {
  static {
    this.prototype.name = 'ExecutorOwnedError'
  }
  constructor() {
    super({
      code: 'ERR_EXECUTOR_OWNED',
      what: 'this executor already belongs to another emitter, which will shut it down',
      remedy:
        'give each emitter its own executor, or pass { ownsExecutor: false } and shut the executor down yourself',
    })
  }
}

/** An executor was used where it would start workers out of workers. */
export class NestedExecutorError extends EventlaneError {
  static {
    this.prototype.name = 'NestedExecutorError'
  }
  constructor(what: string, remedy: string, where?: string) {
    super({ code: 'ERR_NESTED_EXECUTOR', what, where, remedy })
  }
}

/** Handlers emitted from within handlers too many times in a row. */
export class EmissionDepthError extends EventlaneError {
  static {
    this.prototype.name = 'EmissionDepthError'
  }
  constructor(event: string, maxDepth: number) {
    super({
      code: 'ERR_EMISSION_DEPTH',
      what: `handlers have emitted out of handlers ${maxDepth} levels deep`,
      where: `event ${JSON.stringify(event)}`,
      remedy:
        'look for a handler that emits, directly or in a circle, its own event; or raise maxDepth of the emitter',
    })
  }
}

/** `drain()` or `shutdown()` was called where it would wait for its own caller. */
export class DeadlockError extends EventlaneError {
  static {
    this.prototype.name = 'DeadlockError'
  }
  constructor(method: string, event: string) {
    super({
      code: 'ERR_DEADLOCK',
      what: `${method}() of an emitter was called inside one of its own handlers and would wait for itself`,
      where: `event ${JSON.stringify(event)}`,
      remedy: `call ${method}() outside handlers`,
    })
  }
}

/** `drain({ timeoutMs })` ran out of time. */
export class DrainTimeoutError extends EventlaneError {
  static {
    this.prototype.name = 'DrainTimeoutError'
  }
  constructor(timeoutMs: number, pending: number) {
    super({
      code: 'ERR_DRAIN_TIMEOUT',
      what: `${String(pending)} tasks were still unsettled after ${String(timeoutMs)} ms`,
      remedy: 'give drain() more time, or end the work with shutdown({ timeoutMs })',
    })
  }
}

/** A handler did not settle within its `timeoutMs`. */
export class HandlerTimeoutError extends EventlaneError {
  static {
    this.prototype.name = 'HandlerTimeoutError'
  }
  constructor(timeoutMs: number, event: string, handler: string) {
    super({
      code: 'ERR_HANDLER_TIMEOUT',
      what: `the handler did not settle within ${String(timeoutMs)} ms`,
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: 'stop early when context.signal aborts, or raise timeoutMs',
    })
  }
}

/** The task that a worker held when it ended. */
export interface LostTask {
  /** The name of the event. */
  readonly event: string
  /** The id of the emission. */
  readonly emissionId: string
  /** The handler in words. */
  readonly label: string
  /** The handler's address; `undefined` for one that has none. */
  readonly address: HandlerAddress | undefined
}

/** What is known of a worker that ended while it held tasks. */
interface WorkerLoss {
  /** `thread` or `process`. */
  readonly worker: string
  /** In words, such as `exited with code 3`. */
  readonly reason: string
  /** The exit code; `undefined` where a signal ended it, or nothing is known. */
  readonly exitCode?: number | undefined
  /** The signal that ended it, such as `SIGKILL`. */
  readonly exitSignal?: string | undefined
  /** `yes` where the handler had certainly begun, else `unknown`. */
  readonly started: 'yes' | 'unknown'
  /** The handler that brought the worker down, where that is known. */
  readonly culprit?: string | undefined
}

/** The worker that ran (or may have run) a task ended before the task did. */
export class WorkerLostError extends EventlaneError {
  static {
    this.prototype.name = 'WorkerLostError'
  }
  /** How the worker ended, in words. */
  readonly reason: string
  /** The exit code; `undefined` where a signal ended it, or nothing is known. */
  readonly exitCode: number | undefined
  /** The signal that ended it, such as `SIGKILL`. */
  readonly exitSignal: string | undefined
  /** `yes` where the task's handler had certainly begun, else `unknown`. */
  readonly started: 'yes' | 'unknown'
  /** The handler that brought the worker down, as `name (module)`, where that is known; it may be another one's. */
  readonly culprit: string | undefined
  /** The task's event; this and the next two are `undefined` where the worker held no task. */
  readonly event: string | undefined
  /** The id of the task's emission. */
  readonly emissionId: string | undefined
  /** The address of the task's handler. */
  readonly address: HandlerAddress | undefined

  constructor(loss: WorkerLoss, task: LostTask | undefined, cause?: unknown) {
    super({
      code: 'ERR_WORKER_LOST',
      what: `the worker ${loss.worker} ${loss.reason}${task === undefined ? '' : ' while it held this task'}`,
      where:
        task && `event ${JSON.stringify(task.event)}, emission ${task.emissionId}, handler ${task.label}`,
      remedy: lossRemedy(loss, task, cause),
      cause,
    })
    this.reason = loss.reason
    this.exitCode = loss.exitCode
    this.exitSignal = loss.exitSignal
    this.started = loss.started
    this.culprit = loss.culprit
    this.event = task?.event
    this.emissionId = task?.emissionId
    this.address = task?.address
  }
}

function lossRemedy({ culprit, started }: WorkerLoss, task: LostTask | undefined, cause: unknown): string {
  const look =
    culprit !== undefined
      ? `see what ${culprit} did to its worker`
      : cause !== undefined
        ? 'see the cause'
        : "see the worker's own output"
  if (task === undefined) return look
  const ran = started === 'yes' ? 'the task has run in part' : 'the task may have run in part, or not at all'
  return `${look}; the worker is replaced, and ${ran}`
}

/** A pool's workers die as fast as they are started. */
export class PoolBrokenError extends EventlaneError {
  static {
    this.prototype.name = 'PoolBrokenError'
  }
  constructor(
    worker: string,
    attempts: number,
    cause: unknown,
    remedy = 'mend what stops the worker (see the cause; execArgv, env and modules are the usual suspects); the next emission or ready() tries again',
  ) {
    super({
      code: 'ERR_POOL_BROKEN',
      what: `no worker ${worker} could be started (attempts: ${String(attempts)}): ${messageOf(cause)}`,
      remedy,
      cause,
    })
  }
}

/** A task was cancelled before it was fulfilled. */
export class TaskCancelledError extends EventlaneError {
  static {
    this.prototype.name = 'TaskCancelledError'
  }
  constructor(reason: string, where: string, cause?: unknown) {
    super({ code: 'ERR_TASK_CANCELLED', what: `the task was cancelled: ${reason}`, where, cause })
  }
}

/** `context.emit` was called after its task had ended. */
export class LateEmissionError extends EventlaneError {
  static {
    this.prototype.name = 'LateEmissionError'
  }
  constructor(event: string, handler: string) {
    super({
      code: 'ERR_LATE_EMISSION',
      what: 'context.emit was called after the task of its handler had ended, so nobody could have waited for it',
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: 'emit before the handler returns: await what it starts',
    })
  }
}

/** `context.emit` was called by a handler that was run without an emitter. */
export class NoEmitterError extends EventlaneError {
  static {
    this.prototype.name = 'NoEmitterError'
  }
  constructor(event: string, handler: string) {
    super({
      code: 'ERR_NO_EMITTER',
      what: 'context.emit was called by a handler that was run directly on an executor, so there is no emitter that could emit',
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: 'emit an event that the handler is linked to, or return what the caller is to emit',
    })
  }
}

/** The result of a task was asked for, and the engine that has taken it over reports none. */
export class NoResultError extends EventlaneError {
  static {
    this.prototype.name = 'NoResultError'
  }
  constructor(event: string, handler: string) {
    super({
      code: 'ERR_NO_RESULT',
      what: 'the executor has handed the task over to an engine that reports no results',
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy:
        'await handle.settled, which tells that it was handed over; or run it on an executor with results',
    })
  }
}

/** Room was wanted in the queue of an executor that is full, under `overflow: 'reject'`. Nothing was emitted. */
export class QueueFullError extends EventlaneError {
  static {
    this.prototype.name = 'QueueFullError'
  }
  /** How many tasks waited. */
  readonly queued: number
  /** The executor's `maxQueue`. */
  readonly maxQueue: number

  constructor(queued: number, maxQueue: number, wanted: number, event: string) {
    const never = wanted > maxQueue
    super({
      code: 'ERR_QUEUE_FULL',
      what: never
        ? `this emission has ${String(wanted)} tasks, more than the ${String(maxQueue)} that may wait in the queue of its executor`
        : `the queue of the executor is full: ${String(queued)} of ${String(maxQueue)} tasks wait, and this emission has ${String(wanted)}`,
      where: `event ${JSON.stringify(event)}`,
      remedy: `${never ? 'raise maxQueue, or link fewer handlers to the event' : "emit more slowly (with { overflow: 'wait' }, await emission.admitted), add workers, or raise maxQueue"}; nothing was emitted`,
    })
    this.queued = queued
    this.maxQueue = maxQueue
  }
}

/** A task was dropped, because the queue of its executor was full; its handler never ran. */
export class TaskDroppedError extends EventlaneError {
  static {
    this.prototype.name = 'TaskDroppedError'
  }
  constructor(overflow: string, maxQueue: number, event: string, handler: string) {
    super({
      code: 'ERR_TASK_DROPPED',
      what: `the task was dropped, because ${String(maxQueue)} tasks waited in the queue of its executor (overflow: '${overflow}')`,
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy:
        'emit more slowly, add workers or raise maxQueue; to lose nothing, set overflow to wait or reject',
    })
  }
}

/** What a function among a link's options did instead of answering. */
type FunctionMisuse = { readonly thrown: unknown } | { readonly returned: unknown; readonly wanted: string }

/** A function among a link's options, such as `order` or `retryIf`, threw or returned what it must not. */
export class LinkFunctionError extends EventlaneError {
  static {
    this.prototype.name = 'LinkFunctionError'
  }
  /** What the handler had thrown, where the function was asked about that. */
  readonly failure: unknown

  constructor(option: string, misuse: FunctionMisuse, event: string, handler: string, failure?: unknown) {
    const did =
      'thrown' in misuse
        ? `threw ${showThrown(misuse.thrown)}`
        : `returned ${showValue(misuse.returned)}, and must return ${misuse.wanted}`
    super({
      code: 'ERR_LINK_FUNCTION',
      what: `the option ${option} of the link ${did}${failure === undefined ? '' : `; it was asked about ${showThrown(failure)}`}`,
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: `mend ${option}; it is called in the realm of the emitter, and must be synchronous`,
      cause: 'thrown' in misuse ? misuse.thrown : undefined,
    })
    this.failure = failure
  }
}

/** One handler's failure inside an {@link EmissionError}; `cause` is what the handler threw. */
export class HandlerError extends EventlaneError {
  static {
    this.prototype.name = 'HandlerError'
  }
  /** The handler, as `name (module)`. */
  readonly handler: string

  constructor(event: string, handler: string, cause: unknown) {
    super({
      code: 'ERR_HANDLER_FAILED',
      what: isError(cause) ? showThrown(cause) : `the handler threw ${showThrown(cause)}`,
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      cause,
    })
    this.handler = handler
  }
}

/** Thrown by `await emission` when not every task was fulfilled; `errors` has one entry for each of those. */
export class EmissionError extends AggregateError {
  /** Its code, as errors of this library have one. */
  readonly code = 'ERR_EMISSION'
  /** The name of the event. */
  readonly event: string
  /** One for each task that was not fulfilled. */
  declare readonly errors: EventlaneError[]

  static {
    this.prototype.name = 'EmissionError'
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  constructor(event: string, emissionId: string, errors: readonly EventlaneError[], total: number) {
    const count = `${String(errors.length)} of ${String(total)}`
    const list = listOfMessages(errors.map(({ message }) => message))
    super(
      errors,
      errorMessage({
        code: 'ERR_EMISSION',
        what: `${count} tasks of this emission were not fulfilled`,
        where: `event ${JSON.stringify(event)}, emission ${emissionId}\n${list}`,
      }),
    )
    this.event = event
  }
}
