import {
  EmitterClosedError,
  mapTasks,
  runTask,
  type AnyHandler,
  type Executor,
  type ExecutorCapabilities,
  type ExecutorStats,
  type HandlerAddress,
  type MapItems,
  type MapOptions,
  type Outcome,
  type QueueOptions,
  type ResultOfHandler,
  type RunArguments,
  type TaskHandle,
  type TaskResults,
} from '@eventlane/core'
import {
  checkOptions,
  isBoolean,
  isLimit,
  LocalRunner,
  QUEUE_OPTIONS,
  type Task,
} from '@eventlane/core/executor'

/** How an {@link InlineExecutor} runs handlers. */
export interface InlineExecutorOptions extends QueueOptions {
  /** How many handlers may be under way at once. Default: no limit. */
  readonly concurrency?: number
  /**
   * Whether payloads and results are checked and copied as for any other executor, so that code which works here works in a
   * pool. Default: `true`; with `false` they are passed by reference, unchecked.
   */
  readonly portable?: boolean
}

const INLINE_OPTIONS = {
  ...QUEUE_OPTIONS,
  concurrency: isLimit,
  portable: isBoolean,
}

/**
 * Runs handlers on the event loop of the program itself, in emit order. Under a flood it yields to timers and sockets
 * every few milliseconds.
 *
 * It cannot stop a handler that ignores its signal: after a timeout or a cancellation the outcome settles at once, and
 * the handler keeps its place until it returns.
 *
 * @example
 * ```ts
 * import { EventEmitter } from '@eventlane/core'
 * import { InlineExecutor } from '@eventlane/executor-inline'
 *
 * await using events = new EventEmitter({ executor: new InlineExecutor({ concurrency: 100 }) })
 * ```
 */
export class InlineExecutor implements Executor {
  readonly mode = 'main-event-loop-async'
  readonly capabilities: ExecutorCapabilities
  readonly #runner: LocalRunner
  #isTerminated = false
  #shutdown: Promise<void> | undefined

  /**
   * @param options see {@link InlineExecutorOptions}
   * @throws InvalidOptionError when an option is unknown or of the wrong type
   */
  constructor(options: InlineExecutorOptions = {}) {
    checkOptions(options, INLINE_OPTIONS, () => 'new InlineExecutor()')
    const { concurrency = Number.POSITIVE_INFINITY, portable = true, ...queue } = options
    this.capabilities = { isolated: false, portable, killsRunning: false, order: true, backpressure: true }
    this.#runner = new LocalRunner(this.mode, concurrency, queue, true)
  }

  /**
   * Runs one handler, without an event and an emitter; see {@link runTask}.
   *
   * @param handler a function with an address: defined with `defineHandler`, or a decorated static method
   * @param rest the payload, left out for a handler that takes none, and `RunOptions`
   * @returns a handle: await it for what the handler returns
   * @throws what {@link runTask} throws; nothing has happened then
   * @example
   * ```ts
   * import { defineHandler } from '@eventlane/core'
   * import { InlineExecutor } from '@eventlane/executor-inline'
   *
   * export const score = defineHandler(import.meta.url, function score(total: number) {
   *   return total / 100
   * })
   *
   * await using executor = new InlineExecutor()
   * console.log(await executor.run(score, 4999, { timeoutMs: 500 }))
   * ```
   */
  run<Function extends AnyHandler>(
    handler: Function,
    ...rest: RunArguments<Function>
  ): TaskHandle<ResultOfHandler<Function>> {
    return runTask(this, handler, ...rest)
  }

  /**
   * Runs one handler for each item, lazily; see {@link mapTasks}.
   *
   * @param handler a function with an address: defined with `defineHandler`, or a decorated static method
   * @param items payloads, from any iterable or async iterable
   * @param options see {@link MapOptions}
   * @returns an async iterator of the results, or with `outcomes` of the outcomes
   * @throws what {@link mapTasks} throws
   * @example
   * ```ts
   * import { defineHandler } from '@eventlane/core'
   * import { InlineExecutor } from '@eventlane/executor-inline'
   *
   * export const square = defineHandler(import.meta.url, function square(side: number) {
   *   return side * side
   * })
   *
   * await using executor = new InlineExecutor()
   * for await (const area of executor.map(square, [1, 2, 3], { concurrency: 2 })) console.log(area)
   * ```
   */
  map<Function extends AnyHandler>(
    handler: Function,
    items: MapItems<Function>,
    options: MapOptions & { readonly outcomes: true },
  ): TaskResults<Outcome<ResultOfHandler<Function>>>
  map<Function extends AnyHandler>(
    handler: Function,
    items: MapItems<Function>,
    options?: MapOptions & { readonly outcomes?: false },
  ): TaskResults<ResultOfHandler<Function>>
  map(handler: AnyHandler, items: MapItems<AnyHandler>, options?: MapOptions): TaskResults<unknown> {
    return mapTasks(this, handler, items, options as MapOptions & { readonly outcomes?: false })
  }

  /** Resolves at once: a handler that is linked in this realm is there. */
  prepare(_addresses: readonly HandlerAddress[]): Promise<void> {
    return Promise.resolve()
  }

  submit(tasks: readonly Task[], emittedBy?: Task, overflow?: 'wait'): Promise<void> | undefined {
    this.#checkOpen(tasks)
    return this.#runner.submit(tasks, emittedBy, overflow)
  }

  reserve(tasks: readonly Task[]): () => void {
    this.#checkOpen(tasks)
    return this.#runner.reserve(tasks)
  }

  resubmit(task: Task): void {
    if (this.#isTerminated) throw new EmitterClosedError('the executor has been terminated', task.event)
    this.#runner.resubmit(task)
  }

  cancel(task: Task, reason: unknown): void {
    this.#runner.cancel(task, reason)
  }

  stats(): ExecutorStats {
    return this.#runner.stats()
  }

  drain(): Promise<void> {
    return this.#runner.idle()
  }

  shutdown(): Promise<void> {
    return (this.#shutdown ??= this.#runner.idle())
  }

  terminate(): Promise<void> {
    this.#isTerminated = true
    this.#runner.terminate(new Error('the executor was terminated'))
    return (this.#shutdown ??= Promise.resolve())
  }

  /** Shuts it down, as {@link shutdown} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  #checkOpen(tasks: readonly Task[]): void {
    if (this.#shutdown) throw new EmitterClosedError('the executor has been shut down', tasks[0]?.event)
  }
}
