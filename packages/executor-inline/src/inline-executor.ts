import {
  checkOptions,
  EmitterClosedError,
  isBoolean,
  isLimit,
  LocalRunner,
  QUEUE_OPTIONS,
  type Executor,
  type ExecutorCapabilities,
  type ExecutorStats,
  type HandlerAddress,
  type QueueOptions,
  type Task,
} from '@eventlane/core'

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

  /** Resolves at once: a handler that is linked in this realm is there. */
  prepare(_addresses: readonly HandlerAddress[]): Promise<void> {
    return Promise.resolve()
  }

  submit(tasks: readonly Task[], emittedBy?: Task): Promise<void> | undefined {
    this.#checkOpen(tasks)
    return this.#runner.submit(tasks, emittedBy)
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  #checkOpen(tasks: readonly Task[]): void {
    if (this.#shutdown) throw new EmitterClosedError('the executor has been shut down', tasks[0]?.event)
  }
}
