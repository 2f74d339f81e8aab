import type { AsyncResource } from 'node:async_hooks'
import type { Metadata } from '@eventlane/core'
import type { BoundHandler, LocalRunner, Payload, Task, TaskResult } from '@eventlane/core/executor'
import type { RecordedTask } from './recorded-task.js'
import { RecordedRun } from './recorded-run.js'

/** How a task ends here: there is no queue to drop it from, and no engine to hand it to. */
type Ending = Exclude<TaskResult, { readonly status: 'dropped' | 'handed-over' }>

type State =
  | { readonly status: 'pending' }
  | { readonly status: 'running'; readonly run: RecordedRun; readonly onEnded: () => void }
  | { readonly status: 'fulfilled'; readonly result: Payload }
  | { readonly status: 'rejected'; readonly error: unknown }
  | { readonly status: 'cancelled'; readonly reason: unknown }

/** What an executor knows of a task that it has recorded. */
export class TaskRecord {
  #task: Task
  readonly #context: AsyncResource
  /** Whether the emission waits for the outcome: until the task is handed over. */
  #isAwaited = true
  #state: State = { status: 'pending' }

  /** @param context holds every `AsyncLocalStorage` as it was when the task was submitted */
  constructor(task: Task, context: AsyncResource) {
    this.#task = task
    this.#context = context
  }

  /** The attempt that the emitter has submitted last. */
  get task(): Task {
    return this.#task
  }

  get status(): RecordedTask['status'] {
    return this.#state.status
  }

  /** What the handler threw, in a record of a failure. */
  get error(): unknown {
    return this.#state.status === 'rejected' ? this.#state.error : undefined
  }

  /** The handler with the object that it is a method of. */
  get bound(): BoundHandler | Promise<BoundHandler> {
    return this.#task.resolve()
  }

  /** Event and handler, for messages. */
  get where(): string {
    return `event ${JSON.stringify(this.#task.event)}, handler ${this.#task.label}`
  }

  isRunBy(run: RecordedRun): boolean {
    return this.#state.status === 'running' && this.#state.run === run
  }

  /** Tells the emission that it need not wait for an outcome. */
  handOver(): void {
    if (this.#task.isSettled || !this.#begin()) return
    this.#isAwaited = false
    this.#task.settle({ status: 'handed-over' })
  }

  /** Takes the next attempt at the task. */
  retry(task: Task): void {
    this.#task = task
    this.#become({ status: 'pending' })
  }

  /** Runs the handler; resolves when the task has its outcome, where its link tries it again after all attempts. */
  async run(runner: LocalRunner): Promise<void> {
    while (this.#state.status === 'pending') await this.#runAttempt(runner)
  }

  /** @returns whether the handler may start */
  begin(run: RecordedRun): boolean {
    return this.isRunBy(run) && this.#begin()
  }

  /** A late result of a run that is over already counts for nothing. */
  ended(run: RecordedRun, result: TaskResult): void {
    if (this.isRunBy(run) && isEnding(result)) this.settle(result)
  }

  /** Gives a pending task its outcome without running it, where it is still wanted. */
  settleUnrun(result: Ending): void {
    if (this.#begin()) this.settle(result)
  }

  settle(result: Ending): void {
    const before = this.#state
    this.#state = stateOf(result)
    // The emitter may answer with the next attempt.
    if (this.#isAwaited) this.#task.settle(result)
    if (before.status === 'running') before.onEnded()
  }

  /** The emitter has cancelled the task. */
  cancelled(reason: unknown, runner: LocalRunner): void {
    if (this.#state.status === 'running') runner.cancel(this.#state.run, reason)
    if (this.#state.status === 'running' || this.#state.status === 'pending')
      this.#become({ status: 'cancelled', reason })
  }

  snapshot(): RecordedTask {
    const { event, label: handler, address, emissionId, parentId, attempt } = this.#task
    const payload = this.#task.payload.read()
    const metadata = (this.#task.metadata?.read() ?? {}) as Metadata
    const recorded = { event, payload, handler, address, emissionId, parentId, metadata, attempt }
    const state = this.#state
    switch (state.status) {
      case 'fulfilled':
        return { ...recorded, status: state.status, value: state.result.read() }
      case 'rejected':
        return { ...recorded, status: state.status, error: state.error }
      case 'cancelled':
        return { ...recorded, status: state.status, reason: state.reason }
      case 'pending':
      case 'running':
        return { ...recorded, status: state.status }
    }
  }

  #begin(): boolean {
    // A task that was handed over has begun for its emission.
    if (!this.#isAwaited || this.#task.begin()) return true
    this.#become(unlinked())
    return false
  }

  #runAttempt(runner: LocalRunner): Promise<void> {
    return new Promise((onEnded) => {
      const run = new RecordedRun(this, this.#task)
      this.#state = { status: 'running', run, onEnded }
      this.#context.runInAsyncScope(() => {
        void runner.submit([run])
      })
    })
  }

  #become(state: State): void {
    const before = this.#state
    this.#state = state
    if (before.status === 'running') before.onEnded()
  }
}

function unlinked(): State {
  return { status: 'cancelled', reason: new Error('the link was removed before the task started') }
}

function isEnding(result: TaskResult): result is Ending {
  return result.status !== 'dropped' && result.status !== 'handed-over'
}

function stateOf(ending: Ending): State {
  switch (ending.status) {
    case 'fulfilled':
      return { status: 'fulfilled', result: ending.result }
    case 'rejected':
      return { status: 'rejected', error: ending.error }
    case 'cancelled':
      return { status: 'cancelled', reason: ending.reason }
  }
}
