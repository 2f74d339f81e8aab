import { onAbort } from '../abort-listener.js'
import type { DirectCall } from './direct-call.js'
import type { DirectTask } from './direct-task.js'
import { QueueFullError } from '../errors/errors.js'
import type { Executor } from '../executor/executor.js'
import { ItemSource } from './item-source.js'
import type { Outcome } from '../executor/outcome.js'
import { runError } from './run-error.js'
import type { MapOptions } from './run-options.js'

const CONCURRENCY = 100

/** An item that was taken from the source: its task, or why there is none. */
type Entry = DirectTask | { readonly isSettled: true; readonly event: string; readonly outcome: Outcome }

/**
 * What a handler makes of each of many items, as an async iterator; made by `executor.map` and {@link mapTasks}. Nothing happens
 * before the first item is asked for. When its loop is left, or an item fails, what is under way is cancelled.
 *
 * @typeParam Result what it gives for each item
 */
export class TaskResults<Result> implements AsyncIterableIterator<Result>, AsyncDisposable {
  readonly #executor: Executor
  readonly #call: DirectCall
  readonly #source: ItemSource<unknown>
  readonly #signal: AbortSignal | undefined
  readonly #concurrency: number
  readonly #isOrdered: boolean
  readonly #chunkSize: number
  readonly #givesOutcomes: boolean
  /** Items that are waiting for their chunk to be full. */
  #chunk: unknown[] = []
  /** A chunk for which the executor had no room. */
  #refused: readonly DirectTask[] | undefined
  /** The executor has a chunk for which it has no room yet. */
  #isAwaitingRoom = false
  /** What was handed over and not yet given on, in the order of the items. */
  readonly #held = new Set<Entry>()
  /** Those of them that have settled, in the order in which they did. */
  readonly #settled = new Set<Entry>()
  /** Why nothing more is taken from the source; with what is thrown when all that is held has been given on. */
  #failure: { readonly error: unknown } | undefined
  #isStopped = false
  #notify = (): void => undefined
  readonly #results: AsyncGenerator<Result, undefined, undefined>

  /** Made by {@link mapTasks}. */
  constructor(
    executor: Executor,
    call: DirectCall,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: MapOptions,
  ) {
    const { signal, chunkSize = 1, ordered = true, outcomes = false } = options
    this.#executor = executor
    this.#call = call
    this.#source = new ItemSource(items)
    this.#signal = signal
    this.#concurrency = options.concurrency ?? Math.max(CONCURRENCY, chunkSize)
    this.#isOrdered = ordered
    this.#chunkSize = chunkSize
    this.#givesOutcomes = outcomes
    this.#results = this.#give()
  }

  /** The next result, in the order that the options ask for; rejects with the first failure. */
  next(): Promise<IteratorResult<Result, undefined>> {
    return this.#results.next()
  }

  /** Ends it: cancels what is under way, and lets the source clean up. */
  return(): Promise<IteratorResult<Result, undefined>> {
    this.#isStopped = true
    this.#notify()
    return this.#results.return(undefined)
  }

  /** The iterator itself. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** Ends it, as {@link return} does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  async *#give(): AsyncGenerator<Result, undefined, undefined> {
    const signal = this.#signal
    const unlisten = signal && onAbort(signal, () => this.#notify())
    try {
      for (;;) {
        signal?.throwIfAborted()
        if (this.#isStopped) return undefined
        this.#takeItems()
        const entry = this.#takeSettled()
        if (entry) yield this.#resultOf(entry)
        else if (this.#isOver) break
        else await new Promise<void>((resolve) => (this.#notify = resolve))
      }
      if (this.#failure) throw this.#failure.error
      return undefined
    } finally {
      unlisten?.()
      const reason: unknown = signal?.aborted
        ? signal.reason
        : new Error('the loop over its results was left')
      // The executor does not know them.
      for (const task of this.#refused ?? []) task.settle({ status: 'cancelled', reason })
      for (const entry of this.#held) if ('cancel' in entry) entry.cancel(reason)
      this.#held.clear()
      await this.#source.close()
    }
  }

  get #isOver(): boolean {
    return (this.#source.isDone || this.#failure !== undefined) && this.#held.size === 0
  }

  get #mayTake(): boolean {
    if (this.#source.isDone || this.#source.isUnderWay || this.#failure || this.#isStopped) return false
    if (this.#isAwaitingRoom || this.#refused) return false
    return this.#held.size + this.#chunk.length < this.#concurrency
  }

  #takeItems(): void {
    if (this.#refused) this.#submit(this.#refused)
    while (this.#mayTake) this.#source.take(this.#came, this.#ended)
  }

  readonly #came = (item: unknown): void => {
    if (this.#isStopped) return
    this.#chunk.push(item)
    if (this.#chunk.length === this.#chunkSize) this.#handOver()
    this.#notify()
  }

  readonly #ended = (failure?: { readonly error: unknown }): void => {
    this.#handOver()
    this.#failure ??= failure
    this.#notify()
  }

  #handOver(): void {
    const entries = this.#chunk.map((item) => this.#entryOf(item))
    this.#chunk = []
    for (const entry of entries) {
      this.#held.add(entry)
      if (!('cancel' in entry)) this.#settled.add(entry)
    }
    const tasks = entries.filter((entry) => 'cancel' in entry)
    if (tasks.length > 0) this.#submit(tasks)
  }

  #entryOf(item: unknown): Entry {
    try {
      const task = this.#call.begin(item)
      task.onSettled(() => {
        if (this.#held.has(task)) this.#settled.add(task)
        this.#notify()
      })
      return task
    } catch (error) {
      const { address, label: handler, event } = this.#call
      const outcome = {
        status: 'rejected',
        error,
        handler,
        address,
        attempt: 1,
        waitMs: 0,
        runMs: 0,
      } as const
      return { isSettled: true, event, outcome }
    }
  }

  #submit(tasks: readonly DirectTask[]): void {
    this.#refused = undefined
    try {
      const admission = this.#executor.submit(tasks, undefined, 'wait')
      if (!admission) return
      this.#isAwaitingRoom = true
      const admitted = (): void => {
        this.#isAwaitingRoom = false
        this.#notify()
      }
      admission.then(admitted, admitted)
    } catch (error) {
      // Of an executor that does not wait: room comes when others of these tasks end.
      const hasOthers = [...this.#held].some((entry) => !entry.isSettled && !tasks.includes(entry))
      if (error instanceof QueueFullError && hasOthers) this.#refused = tasks
      else this.#refuse(tasks, error)
    }
  }

  #refuse(tasks: readonly DirectTask[], error: unknown): void {
    this.#failure ??= { error }
    for (const task of tasks) {
      this.#held.delete(task)
      task.settle({ status: 'rejected', error })
    }
  }

  #takeSettled(): Entry | undefined {
    const [next] = this.#isOrdered ? this.#held : this.#settled
    if (!next?.isSettled) return undefined
    this.#held.delete(next)
    this.#settled.delete(next)
    return next
  }

  #resultOf({ outcome, event }: Entry): Result {
    if (outcome === undefined) throw new Error('the task has no outcome yet')
    if (this.#givesOutcomes) return outcome as Result
    if (outcome.status === 'fulfilled') return outcome.value as Result
    throw runError(outcome, event)
  }
}
