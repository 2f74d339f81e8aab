import type { HandlerAddress } from '../address.js'
import type { DirectTask } from './direct-task.js'
import { DropWarnings } from '../errors/drop-warnings.js'
import type { TaskResult } from '../executor/executor.js'
import { warnOfFailure } from '../errors/failure-report.js'
import type { Outcome } from '../executor/outcome.js'
import { runError } from './run-error.js'

const AT_ONCE = Promise.resolve()
const drops = new DropWarnings()

/**
 * One handler that was run without an event; made by `executor.run` and {@link runTask}. Await it for what the handler returns.
 *
 * It settles exactly once. Nothing is created until someone awaits it, so one that nobody awaits cannot cause an
 * `unhandledRejection`; a failure that nobody looks at is a process warning.
 *
 * `using handle = executor.run(…)` cancels it at the end of the scope, where it has no outcome by then; `await using` also waits
 * until its handler has stopped.
 *
 * @typeParam Result what the handler returns, awaited
 */
export class TaskHandle<Result = unknown> implements PromiseLike<Result>, Disposable, AsyncDisposable {
  readonly #task: DirectTask
  readonly #admission: Promise<void> | undefined
  #isObserved = false
  #settled: Promise<Outcome<Result>> | undefined
  #fulfilled: Promise<Result> | undefined

  /** Handles are made by {@link runTask}. */
  constructor(task: DirectTask, admission: Promise<void> | undefined) {
    this.#task = task
    this.#admission = admission
    task.onSettled(() => {
      this.#reportLater()
    })
  }

  /** A UUID, unique among all runs and emissions; the handler finds it as `context.emissionId`. */
  get id(): string {
    return this.#task.emissionId
  }

  /** Where the handler is found. */
  get handler(): HandlerAddress {
    return this.#task.address
  }

  /** How it stands now: `pending` until its handler starts, or is handed to a worker. */
  get status(): 'pending' | 'running' | TaskResult['status'] {
    return this.#task.result?.status ?? (this.#task.hasBegun ? 'running' : 'pending')
  }

  /** How it ended, with timings; `undefined` until then. */
  get outcome(): Outcome<Result> | undefined {
    this.observe()
    return this.#task.outcome as Outcome<Result> | undefined
  }

  /** What the handler returned; `undefined` until it has, and where it did not. Never throws. */
  get result(): Result | undefined {
    const { outcome } = this
    return outcome?.status === 'fulfilled' ? outcome.value : undefined
  }

  /**
   * What `await` would throw: what the handler threw, a `TaskCancelledError`, a `TaskDroppedError` or a `NoResultError`; `undefined`
   * until it has ended, and where it was fulfilled. Never throws.
   */
  get error(): unknown {
    const { outcome } = this
    if (outcome === undefined || outcome.status === 'fulfilled') return undefined
    return runError(outcome, this.#task.event)
  }

  /** Resolves, and never rejects, with the outcome. */
  get settled(): Promise<Outcome<Result>> {
    this.observe()
    return (this.#settled ??= new Promise((resolve) => {
      this.onSettled(() => {
        resolve(this.#task.outcome as Outcome<Result>)
      })
    }))
  }

  /**
   * Resolves, and never rejects, when the executor has room for it: at once, but for `overflow: 'wait'` and a full queue. It also
   * resolves when it ends without.
   */
  get admitted(): Promise<void> {
    const admission = this.#admission
    if (admission === undefined) return AT_ONCE
    return new Promise((resolve) => {
      admission.then(resolve, () => {
        resolve()
      })
      this.onSettled(resolve)
    })
  }

  /**
   * Awaiting a handle gives what the handler returned.
   *
   * @throws what the handler threw, or how it ended instead; see {@link error}
   */
  then<Fulfilled = Result, Rejected = never>(
    onFulfilled?: ((result: Result) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#fulfilled ??= this.settled.then((outcome) => {
      if (outcome.status === 'fulfilled') return outcome.value
      throw runError(outcome, this.#task.event)
    })
    return this.#fulfilled.then(onFulfilled, onRejected)
  }

  /**
   * Cancels it, where it has no outcome yet. If it waits it never starts; if it runs, its signal aborts, and its outcome is
   * `cancelled` at once, whatever it returns later. What was handed over to a queue is taken out of it, or stopped by its signal,
   * and keeps its outcome.
   *
   * @param reason becomes the signal's and the outcome's reason; default: an error that says so
   */
  cancel(reason: unknown = new Error('the run was cancelled')): void {
    this.#task.cancel(reason)
  }

  /** Cancels the run where it has not ended. */
  [Symbol.dispose](): void {
    if (!this.#task.isSettled) this.cancel(new Error('the scope of the run was left'))
  }

  /** Also waits until the handler has returned, or its worker has been ended because it did not stop. */
  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]()
    await this.#task.ended()
  }

  /** Says that somebody looks at how it ends, so that a failure needs no warning. @internal */
  observe(): void {
    this.#isObserved = true
  }

  /**
   * Calls back, once, when it has its outcome, and at once where it has. Unlike {@link settled} it does not count as looking.
   *
   * @returns the undo
   */
  onSettled(listener: () => void): () => void {
    if (!this.#task.isSettled) return this.#task.onSettled(listener)
    listener()
    return () => undefined
  }

  #reportLater(): void {
    const { result } = this.#task
    if (this.#isObserved || (result?.status !== 'rejected' && result?.status !== 'dropped')) return
    // `await` observes in a microtask; by the next tick whoever awaits has begun to.
    process.nextTick(() => {
      if (this.#isObserved) return
      if (result.status === 'dropped') drops.add(result.reason)
      else warnOfFailure(this.#task.event, this.#task.label, result.error)
    })
  }
}
