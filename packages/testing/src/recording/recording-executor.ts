import { AsyncResource } from 'node:async_hooks'
import {
  DeadlockError,
  EmitterClosedError,
  HandlerError,
  type DefaultEvents,
  type EventReference,
  type Executor,
  type ExecutorCapabilities,
  type ExecutorStats,
  type Handler,
  type HandlerAddress,
  type PayloadFor,
} from '@eventlane/core'
import {
  checkOptions,
  currentTask,
  isBoolean,
  LocalRunner,
  Payload,
  type Task,
} from '@eventlane/core/executor'
import { RecordedTaskError, RunError } from './errors.js'
import type { RecordedTask } from './recorded-task.js'
import { RecordedRun } from './recorded-run.js'
import { TaskLog } from './task-log.js'
import { TaskRecord } from './task-record.js'

// As it was before a test with fake timers could replace it.
const { queueMicrotask } = globalThis

const RECORDING_OPTIONS = { hold: isBoolean }

/** What a {@link RecordingExecutor} tells the code that emits. */
export interface RecordingExecutorOptions {
  /**
   * Whether emissions wait for their handlers. Default: `false`; every task ends as `handed-over` at once, as with a queue that
   * reports no results, so that code which awaits its emissions goes on. With `true` a task stays pending until it is run,
   * fulfilled, rejected or cancelled, and the emission gets its outcome.
   */
  readonly hold?: boolean
}

/**
 * Records tasks and starts none by itself, for tests: look at what was emitted, and run the handlers that are meant to run.
 * Local links are recorded too. Payloads and results are checked and copied as by any other executor.
 *
 * When it is shut down, what was not run is cancelled, and can only be looked at from then on.
 *
 * @typeParam Events the linker's event map, for events that go by name
 * @example
 * ```ts
 * import assert from 'node:assert/strict'
 * import { defineEvent, EventEmitter, EventLinker, payload } from '@eventlane/core'
 * import { RecordingExecutor } from '@eventlane/testing/recording'
 *
 * const OrderPlaced = defineEvent('order.placed', payload<{ id: string }>())
 * const linker = new EventLinker()
 * const ids: string[] = []
 * linker.on(OrderPlaced, (order) => ids.push(order.id), { local: true })
 *
 * const recording = new RecordingExecutor()
 * await using events = new EventEmitter({ executor: recording, linker })
 * await events.emit(OrderPlaced, { id: 'o-1' }) // goes on at once; the handler has not run
 *
 * assert.deepEqual(recording.recorded(OrderPlaced).map(({ payload }) => payload), [{ id: 'o-1' }])
 * await recording.run(OrderPlaced)
 * assert.deepEqual(ids, ['o-1'])
 * ```
 */
export class RecordingExecutor<Events extends object = DefaultEvents> implements Executor {
  readonly mode = 'main-event-loop-async'
  readonly capabilities: ExecutorCapabilities
  readonly #hold: boolean
  readonly #runner = new LocalRunner(this.mode, Number.POSITIVE_INFINITY)
  readonly #log = new TaskLog()
  /** Handlers run one after the other; this is the last of them. */
  #lastRun: Promise<unknown> = Promise.resolve()
  #isTerminated = false
  #shutdown: Promise<void> | undefined

  /**
   * @param options see {@link RecordingExecutorOptions}
   * @throws InvalidOptionError when an option is unknown or of the wrong type
   */
  constructor(options: RecordingExecutorOptions = {}) {
    checkOptions(options, RECORDING_OPTIONS, () => 'new RecordingExecutor()')
    this.#hold = options.hold ?? false
    this.capabilities = {
      isolated: false,
      portable: true,
      killsRunning: false,
      order: true,
      backpressure: false,
      holds: this.#hold,
    }
  }

  /**
   * The tasks that were recorded, in the order in which they were submitted: one for each handler of each emission. Each
   * call makes new copies, of the payloads too.
   *
   * @example
   * ```ts
   * import { defineEvent, payload } from '@eventlane/core'
   * import type { RecordingExecutor } from '@eventlane/testing/recording'
   *
   * declare const recording: RecordingExecutor
   * declare function score(order: { id: string }): number
   * const OrderPlaced = defineEvent('order.placed', payload<{ id: string }>())
   *
   * const [task] = recording.recorded(OrderPlaced, score)
   * console.log(task?.payload.id, task?.status)
   * ```
   */
  recorded(): RecordedTask[]
  /**
   * The tasks of an event, or of one of its handlers.
   *
   * @param event only tasks of this event
   * @param handler only tasks of this handler, the function that was linked
   * @throws InvalidEventError when the event is not one; InvalidOptionError when the handler is not a function
   */
  recorded<Event extends EventReference<Events>, Result = unknown>(
    event: Event,
    handler?: Handler<PayloadFor<Events, Event>, Result>,
  ): RecordedTask<PayloadFor<Events, Event>, Awaited<Result>>[]
  /**
   * The tasks of a handler.
   *
   * @param handler the function that was linked
   */
  recorded<Payload, Result>(handler: Handler<Payload, Result>): RecordedTask<Payload, Awaited<Result>>[]
  recorded(...selection: readonly unknown[]): RecordedTask[] {
    return this.#log.select(selection).map((record) => this.#log.snapshot(record))
  }

  /**
   * Runs the handlers of all pending tasks, one after the other, in the order in which they were recorded; a link's `timeoutMs`
   * holds. What they emit is recorded, and not run. With `hold`, a handler that fails is tried again as its link says, without
   * the delays; without `hold`, the task is no longer the emission's, and there is one attempt.
   *
   * A task that was cancelled, or with `hold` whose link was removed, is not run.
   *
   * @returns the selected tasks, when all of them have an outcome
   * @throws RunError when handlers failed, after all have run; RecordedTaskError when a given task has run already or is not
   *   recorded here; EmitterClosedError after the shutdown; DeadlockError inside a handler that it runs; and what
   *   {@link recorded} throws
   * @example
   * ```ts
   * import { defineEvent, payload } from '@eventlane/core'
   * import type { RecordingExecutor } from '@eventlane/testing/recording'
   *
   * declare const recording: RecordingExecutor
   * declare function score(order: { id: string }): number
   * const OrderPlaced = defineEvent('order.placed', payload<{ id: string }>())
   *
   * await recording.run(recording.recorded(OrderPlaced).slice(0, 1))
   * const [scored] = await recording.run(OrderPlaced, score)
   * if (scored?.status === 'fulfilled') console.log(scored.value + 1)
   * await recording.run()
   * ```
   */
  run(): Promise<RecordedTask[]>
  /**
   * Runs the pending tasks of an event, or of one of its handlers.
   *
   * @param event only tasks of this event
   * @param handler only tasks of this handler, the function that was linked
   * @returns these tasks, when all of them have an outcome
   * @throws what `run()` throws
   */
  run<Event extends EventReference<Events>, Result = unknown>(
    event: Event,
    handler?: Handler<PayloadFor<Events, Event>, Result>,
  ): Promise<RecordedTask<PayloadFor<Events, Event>, Awaited<Result>>[]>
  /**
   * Runs the pending tasks of a handler.
   *
   * @param handler the function that was linked
   * @returns these tasks, when all of them have an outcome
   * @throws what `run()` throws
   */
  run<Payload, Result>(handler: Handler<Payload, Result>): Promise<RecordedTask<Payload, Awaited<Result>>[]>
  /**
   * Runs given tasks.
   *
   * @param tasks as {@link recorded} gave them
   * @returns these tasks, when all of them have an outcome
   * @throws what `run()` throws; RecordedTaskError when one of them has run already or is not recorded here
   */
  run<Payload, Value>(
    tasks: RecordedTask<Payload, Value> | readonly RecordedTask<Payload, Value>[],
  ): Promise<RecordedTask<Payload, Value>[]>
  async run(...selection: readonly unknown[]): Promise<RecordedTask[]> {
    this.#checkOpen()
    this.#checkNotInHandler('run')
    const records = this.#recordsToRun(selection)
    const run = this.#lastRun.then(() => this.#runInTurn(records))
    this.#lastRun = run
    const ran = await run
    const errors = ran.flatMap(({ status, task, error }) =>
      status === 'rejected' ? [new HandlerError(task.event, task.label, error)] : [],
    )
    if (errors.length > 0) throw new RunError(errors, ran.length)
    return records.map((record) => this.#log.snapshot(record))
  }

  /**
   * Gives a pending task its outcome without running its handler. It needs `hold: true`, since otherwise nobody would see it.
   *
   * @param task as {@link recorded} gave it
   * @param value what the handler would return; it is checked and copied. It may be left out where that is nothing.
   * @returns the task with its outcome; `cancelled` where its link was removed
   * @throws RecordedTaskError when the task is not pending, not recorded here, or not held; PayloadNotPortableError;
   *   EmitterClosedError after the shutdown
   * @example
   * ```ts
   * import type { Emission } from '@eventlane/core'
   * import { RecordingExecutor } from '@eventlane/testing/recording'
   *
   * declare function placeOrder(): Promise<number> // awaits its emission, and uses what the handler returned
   * declare function score(order: { id: string }): number
   * const recording = new RecordingExecutor({ hold: true })
   *
   * const placing = placeOrder()
   * for (const task of recording.recorded(score)) recording.fulfil(task, 42)
   * console.log(await placing)
   * ```
   */
  fulfil<Payload, Value>(
    task: RecordedTask<Payload, Value>,
    ...[value]: undefined extends Value ? [value?: NoInfer<Value>] : [value: NoInfer<Value>]
  ): RecordedTask<Payload, Value>
  fulfil(task: RecordedTask, value?: unknown): RecordedTask {
    const record = this.#heldRecord(task)
    const { event, label: handler, payload } = record.task
    const result = Payload.of(value, payload.passage, { root: 'result', event, handler })
    record.settleUnrun({ status: 'fulfilled', result })
    return this.#log.snapshot(record)
  }

  /**
   * Lets a pending task fail without running its handler. It needs `hold: true`, since otherwise nobody would see it.
   *
   * @param task as {@link recorded} gave it
   * @param error what the handler would throw
   * @returns the task: `rejected`, or `pending` where its link tries it again; `cancelled` where its link was removed
   * @throws RecordedTaskError when the task is not pending, not recorded here, or not held; EmitterClosedError after the
   *   shutdown
   * @example
   * ```ts
   * import { RecordingExecutor } from '@eventlane/testing/recording'
   *
   * declare function placeOrder(): Promise<void> // awaits its emission
   * const recording = new RecordingExecutor({ hold: true })
   *
   * const placing = placeOrder()
   * for (const task of recording.recorded()) recording.reject(task, new Error('the bank is busy'))
   * await placing.catch((error: unknown) => console.log(error))
   * ```
   */
  reject<Payload, Value>(task: RecordedTask<Payload, Value>, error: unknown): RecordedTask<Payload, Value>
  reject(task: RecordedTask, error: unknown): RecordedTask {
    const record = this.#heldRecord(task)
    record.settleUnrun({ status: 'rejected', error })
    return this.#log.snapshot(record)
  }

  /** Forgets all tasks but those that run. Held ones are cancelled, so that nobody waits for them. */
  clear(): void {
    this.#cancelPending('the recording was cleared before the task was run')
    this.#log.clear()
  }

  /** Resolves at once: a handler that is linked in this realm is there. */
  prepare(_addresses: readonly HandlerAddress[]): Promise<void> {
    return Promise.resolve()
  }

  submit(tasks: readonly Task[]): void {
    this.reserve(tasks)
    const context = new AsyncResource('eventlane.recorded', { requireManualDestroy: true })
    const records = tasks.map((task) => new TaskRecord(task, context))
    for (const record of records) this.#log.add(record)
    if (this.#hold) return
    queueMicrotask(() => {
      for (const record of records) record.handOver()
    })
  }

  /** There is always room, until the shutdown. */
  reserve(tasks: readonly Task[]): () => void {
    if (this.#shutdown) throw new EmitterClosedError('the executor has been shut down', tasks[0]?.event)
    return () => undefined
  }

  resubmit(task: Task): void {
    if (this.#isTerminated) throw new EmitterClosedError('the executor has been terminated', task.event)
    if (!this.#log.retry(task)) this.submit([task])
  }

  cancel(task: Task, reason: unknown): void {
    this.#log.recordOf(task)?.cancelled(reason, this.#runner)
  }

  stats(): ExecutorStats {
    return { ...this.#runner.stats(), queued: this.#log.pending.length }
  }

  /** Resolves when the handlers that `run` was told to run have run. It does not wait for tasks that nobody runs. */
  async drain(): Promise<void> {
    this.#checkNotInHandler('drain')
    await this.#lastRun
  }

  /**
   * Cancels the tasks that were not run, and resolves when those that run have ended; inside a handler that it runs, at once.
   * What was recorded stays.
   */
  shutdown(): Promise<void> {
    if (!this.#shutdown) this.#cancelPending('the executor was shut down before the task was run')
    return (this.#shutdown ??= this.#runningTask() ? Promise.resolve() : this.#lastRun.then(() => undefined))
  }

  /** Cancels every task that has no outcome, and aborts the signals of handlers that run. */
  terminate(): Promise<void> {
    this.#isTerminated = true
    this.#cancelPending('the executor was terminated before the task was run')
    this.#runner.terminate(new Error('the executor was terminated'))
    return (this.#shutdown ??= Promise.resolve())
  }

  /** Shuts it down, as {@link shutdown} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  /** @returns those that it ran */
  async #runInTurn(records: readonly TaskRecord[]): Promise<TaskRecord[]> {
    const ran: TaskRecord[] = []
    for (const record of records) {
      if (record.status !== 'pending') continue
      ran.push(record)
      await record.run(this.#runner)
    }
    return ran
  }

  #recordsToRun(selection: readonly unknown[]): TaskRecord[] {
    const [first] = selection
    if (!isRecorded(first)) return this.#log.select(selection).filter(({ status }) => status === 'pending')
    const wanted = new Set([first].flat().map((task) => this.#log.recordOfSnapshot(task)))
    for (const record of wanted) {
      if (record.status !== 'pending' && record.status !== 'cancelled') throw notPending(record)
    }
    return this.#log.select([]).filter((record) => wanted.has(record))
  }

  #heldRecord(task: RecordedTask): TaskRecord {
    this.#checkOpen()
    const record = this.#log.recordOfSnapshot(task)
    if (!this.#hold) {
      throw new RecordedTaskError(
        'the task was handed over, so its emission waits for no outcome',
        record.where,
        'build the executor with { hold: true } where the code under test is to see outcomes',
      )
    }
    if (record.status !== 'pending') throw notPending(record)
    return record
  }

  #cancelPending(reason: string): void {
    for (const record of this.#log.pending) record.settle({ status: 'cancelled', reason: new Error(reason) })
  }

  #checkOpen(): void {
    if (this.#shutdown) throw new EmitterClosedError('the executor has been shut down')
  }

  #checkNotInHandler(method: string): void {
    const task = this.#runningTask()
    if (task) throw new DeadlockError(method, task.event)
  }

  /** The task whose handler this was called from, where it runs here and has no outcome yet. */
  #runningTask(): Task | undefined {
    const task = currentTask()
    return task instanceof RecordedRun && !task.isSettled && this.#log.has(task.record) ? task : undefined
  }
}

function isRecorded(selected: unknown): selected is RecordedTask | readonly RecordedTask[] {
  return (
    Array.isArray(selected) || (typeof selected === 'object' && selected !== null && 'emissionId' in selected)
  )
}

function notPending(record: TaskRecord): RecordedTaskError {
  return new RecordedTaskError(
    `the task is ${record.status}, not pending`,
    record.where,
    'a task is run, fulfilled or rejected once; emit again for another one',
  )
}
