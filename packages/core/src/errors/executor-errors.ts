import { EventlaneError } from './eventlane-error.js'

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

/** A task was cancelled before it was fulfilled. */
export class TaskCancelledError extends EventlaneError {
  static {
    this.prototype.name = 'TaskCancelledError'
  }
  constructor(reason: string, where: string, cause?: unknown) {
    super({ code: 'ERR_TASK_CANCELLED', what: `the task was cancelled: ${reason}`, where, cause })
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
