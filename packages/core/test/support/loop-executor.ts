import type { Executor, ExecutorCapabilities, ExecutorStats, HandlerAddress } from '@eventlane/core'
import { LocalRunner, type Task } from '@eventlane/core/executor'

interface LoopExecutorOptions {
  readonly concurrency?: number
  readonly isolated?: boolean
  readonly portable?: boolean
  readonly order?: boolean
}

/** The least an executor can be: core's own runner behind the `Executor` interface, and a record of what was asked of it. */
export class LoopExecutor implements Executor {
  readonly mode = 'main-event-loop-async'
  readonly capabilities: ExecutorCapabilities
  /** The addresses of each call of `prepare`. */
  readonly prepared: (readonly HandlerAddress[])[] = []
  /** The handlers that were submitted, in order. */
  readonly submitted: string[] = []
  /** How it was ended: `shutdown`, `terminate`. */
  readonly ended: string[] = []
  readonly #runner: LocalRunner

  constructor({
    concurrency = Number.POSITIVE_INFINITY,
    isolated = false,
    portable = true,
    order = true,
  }: LoopExecutorOptions = {}) {
    this.capabilities = { isolated, portable, killsRunning: false, order, backpressure: false }
    this.#runner = new LocalRunner(this.mode, concurrency)
  }

  prepare(addresses: readonly HandlerAddress[]): Promise<void> {
    this.prepared.push(addresses)
    return Promise.resolve()
  }

  submit(tasks: readonly Task[]): void {
    this.submitted.push(...tasks.map((task) => task.label))
    void this.#runner.submit(tasks)
  }

  resubmit(task: Task): void {
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
    this.ended.push('shutdown')
    return this.#runner.idle()
  }

  terminate(): Promise<void> {
    this.ended.push('terminate')
    this.#runner.terminate(new Error('the executor was terminated'))
    return Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }
}
