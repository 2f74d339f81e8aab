import type { AsyncResource } from 'node:async_hooks'
import type { HandlerAddress } from '../address.js'
import type { TaskDroppedError } from '../errors/errors.js'
import type { BoundHandler } from '../handler/handler.js'
import type { Payload } from '../payload/payload.js'
import type { RetryOptions } from './retry.js'
import type { TaskTotals } from './task-meter.js'
import type { OrderKey } from './task-order.js'

/**
 * Where and how tasks run. The plain modes run one task at a time per worker, the `-async` ones many at once on that
 * worker's own event loop.
 */
export type ExecutionMode =
  | 'main-event-loop-async'
  | 'separate-thread'
  | 'separate-thread-async'
  | 'separate-process'
  | 'separate-process-async'
  | 'remote'

/** The modes whose handlers run on this machine: on the main event loop, in threads or in child processes. */
export type LocalExecutionMode = Exclude<ExecutionMode, 'remote'>

/** What an executor can do; the differences between executors are these and no others. */
export interface ExecutorCapabilities {
  /** Handlers run in another realm than the emitter: nothing is shared, and they must be addressable. */
  readonly isolated: boolean
  /** Payloads and results are checked and copied; `false` passes references, unchecked. */
  readonly portable: boolean
  /** A handler that ignores its signal can be ended, by ending its worker. */
  readonly killsRunning: boolean
  /** Tasks are held back by their {@link Task.gate}, and {@link Task.released} is said, so that links may have an `order`. */
  readonly order: boolean
  /** Nobody else hands tasks to the same workers, so that a link may be `once`: what it has made is all there is. Default: `true`. */
  readonly once?: boolean
  /** It takes {@link QueueOptions}, and keeps to them. */
  readonly backpressure: boolean
  /**
   * Tasks start only when it is told to start them, so that an emitter which is shut down cancels those that have not started,
   * instead of waiting for them. Default: `false`.
   */
  readonly holds?: boolean
  /** It starts tasks after their {@link Task.delayMs} by itself; otherwise their {@link Task.gate} does. Default: `false`. */
  readonly delays?: boolean
  /**
   * What handlers emit goes out from where they run, by the links that are there, and is no concern of the emitter that dispatched
   * them. Default: `false`.
   */
  readonly emitsElsewhere?: boolean
  /** {@link Executor.prepare} tells whether handlers can be found where they are to run. Default: `true`. */
  readonly findsHandlers?: boolean
}

/**
 * How a task ended, as its executor reports it: how long its handler ran, and when that ended by the `performance.now()` of
 * the emitter's realm, where the executor knows it.
 */
export type TaskResult =
  | {
      readonly status: 'fulfilled'
      readonly result: Payload
      readonly runMs?: number
      readonly endedAt?: number
    }
  | {
      readonly status: 'rejected'
      readonly error: unknown
      readonly runMs?: number
      readonly endedAt?: number
    }
  | { readonly status: 'cancelled'; readonly reason: unknown }
  /** There was no room for it, and its handler never ran. */
  | { readonly status: 'dropped'; readonly reason: TaskDroppedError }
  /** It was handed to an engine that reports no results. */
  | { readonly status: 'handed-over' }

/** Whether something of a task may still be stopped: it has no outcome, or is in a queue where its handler runs later. */
export function isCancellable({ result }: Pick<Task, 'result'>): boolean {
  return result === undefined || result.status === 'handed-over'
}

/** What holds a task back. */
export interface TaskGate {
  /** Calls back, once, when the task may start; at once where nothing holds it back, and never where it was settled before. */
  whenOpen(start: () => void): void
}

/** One handler invocation, of an emission or run directly: an executor's unit of work. */
export interface Task {
  /** The name of the event. */
  readonly event: string
  /** The id of the emission. */
  readonly emissionId: string
  /** The emission whose handler emitted this one, if one did. */
  readonly parentId: string | undefined
  /** What travels with the emission beside its payload, a record; `undefined` where there is nothing. */
  readonly metadata?: Payload | undefined
  /** `undefined` for a local handler, which only executors that are not isolated are given. */
  readonly address: HandlerAddress | undefined
  /** The handler in words, for messages. */
  readonly label: string
  /** What the handler gets, encoded. */
  readonly payload: Payload
  /** Time from the start of the handler to its end, in milliseconds; `undefined` for no limit. */
  readonly timeoutMs: number | undefined
  /** Whether its link was removed: it is not to start, and {@link begin} cancels it. Default: `false`. */
  readonly isUnlinked?: boolean
  /** How many handlers emitted out of handlers to get here; 0 for an emission from outside. Default: 0. */
  readonly depth?: number
  /**
   * Whether another program emitted it, so that nothing here can wait for it and need not know what is called from its handler:
   * `currentTask` does not tell. Default: `false`.
   */
  readonly isForeign?: boolean
  /** How the link wants failed attempts tried again, for executors that do so themselves. Default: not at all. */
  readonly retry?: RetryOptions | undefined
  /** How long after `emit` the handler may start, in milliseconds. Default: at once. */
  readonly delayMs?: number | undefined
  /** Among which tasks of its link it takes turns; `undefined` for a link without `order`. */
  readonly orderKey?: OrderKey | undefined
  /** Which attempt this is, from 1. Each attempt is a task of its own. */
  readonly attempt: number
  /**
   * Holds the task back until its turn in its order has come and its delay is over; `undefined` where it may start at once. The
   * executor asks it when it has taken the task, in the order of the tasks.
   */
  readonly gate: TaskGate | undefined
  /**
   * Where somebody traces the task, the `AsyncLocalStorage` of its trace, in which a handler in this realm is to run. Asked for
   * after {@link begin}.
   */
  readonly scope?: AsyncResource | undefined
  /**
   * The function to call in this realm; executors that run it elsewhere use {@link address}, and there give what they find to
   * `tracedHandler`.
   */
  resolve(): BoundHandler | Promise<BoundHandler>
  /**
   * Said by the executor when it starts the task or hands it to a worker.
   *
   * @returns `false` when the task must not run, because it was cancelled or its link removed; it is settled then
   */
  begin(): boolean
  /** Reports the outcome; only the first call counts. */
  settle(result: TaskResult): void
  /** How the task, or this attempt at it, ended; `undefined` until then. */
  readonly result: TaskResult | undefined
  /** Whether the task has an outcome. */
  readonly isSettled: boolean
  /**
   * Said once by the executor, when it is done with a task that its gate has let through: the handler has returned, its worker
   * is gone, or it will not start. It comes after the outcome, and after a timeout or a cancellation perhaps long after.
   */
  released(): void
  /** `context.emit` of the handler: emits from here, with this task's emission as parent; throws what `emit` throws. */
  emit(event: string, payload: Payload): void | Promise<void>
}

/** Counts of an executor, at this moment and over its life. */
export interface ExecutorStats extends TaskTotals {
  /** Tasks waiting for their handler to start. */
  readonly queued: number
  /** Tasks started and not yet returned. */
  readonly running: number
  /** Workers alive; 0 where there are none. */
  readonly workers: number
  /** Workers that ended unasked, since the executor was built. */
  readonly workersLost: number
  /** Workers that were started, since the executor was built: also those in place of lost ones. */
  readonly workersStarted: number
  /** For how long workers have been there, in milliseconds, added up; 0 where there are none. */
  readonly workerMs: number
  /**
   * The share of that time in which they ran handlers that have ended, from 0 to 1. For that of the time since an earlier call,
   * divide the growth of `busyMs` by that of `workerMs`, and by the number of handlers that a worker may run at once.
   */
  readonly utilisation: number
  /** Encoded payloads that were sent to workers, in bytes of UTF-8. */
  readonly bytesSent: number
  /** Encoded results that workers returned, in bytes of UTF-8. */
  readonly bytesReceived: number
}

/** Runs tasks somewhere. An executor is inert until it is first used. */
export interface Executor extends AsyncDisposable {
  /** Where and how its handlers run: the same from its making to its end. */
  readonly mode: ExecutionMode
  /** What it can do: whether it ends what does not stop, keeps an order, holds tasks back, isolates memory. */
  readonly capabilities: ExecutorCapabilities
  /**
   * Makes sure that handlers can run: workers are up, their modules import, and each defines its handler.
   *
   * @throws HandlerNotPortableError naming the address, the module's own error and the remedy
   */
  prepare(addresses: readonly HandlerAddress[]): Promise<void>
  /**
   * Takes all of the tasks or throws; outcomes come back through {@link Task.settle}, never before it returns.
   *
   * @param emittedBy the task whose handler emits these, where one does: if it waits for room, it keeps a place itself
   * @param overflow `wait` where these are to wait for room whatever the executor's own policy is
   * @returns where they have to wait for room, a promise that resolves when they have it
   * @throws QueueFullError, EmitterClosedError
   */
  submit(tasks: readonly Task[], emittedBy?: Task, overflow?: 'wait'): void | Promise<void>
  /**
   * Keeps room for tasks, so that {@link submit} will take them: for emissions that several executors take part in, which get into
   * all of them or none. One executor of an emitter may do without this method.
   *
   * @returns gives the room back; said directly before the tasks are submitted, or when they will not be
   * @throws what {@link submit} would throw
   */
  reserve?(tasks: readonly Task[]): () => void
  /**
   * Takes the next attempt at a task that it has had: also when it is full or is being shut down, since that is still the same
   * work. Its gate opens later.
   *
   * @throws EmitterClosedError when it was terminated
   */
  resubmit(task: Task): void
  /**
   * Aborts the signal of a task that has been settled by its emitter, and frees what it holds. Of a task that it has handed over, it
   * takes back what it can.
   */
  cancel(task: Task, reason: unknown): void
  /** What it is doing, and has done so far. */
  stats(): ExecutorStats
  /** Resolves when no task is waiting or running. */
  drain(): Promise<void>
  /** Finishes all tasks, then ends the workers. Later calls return the same promise. */
  shutdown(): Promise<void>
  /** Ends the workers now; unsettled tasks are cancelled. */
  terminate(): Promise<void>
}
