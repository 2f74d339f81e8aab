import { performance } from 'node:perf_hooks'
import { emissionId, nextEmissionNumber } from '../executor/emission-id.js'
import type { LedgerEntry } from './emission-ledger.js'
import type { EmissionTask } from './emission-task.js'
import type { EmissionTrace } from '../tracing/emission-trace.js'
import { isCancellable, type ExecutionMode, type Task, type TaskResult } from '../executor/executor.js'
import type { HookChain } from './hook-chain.js'
import { EmissionReport, type Outcome } from '../executor/outcome.js'
import type { Payload } from '../payload/payload.js'

const AT_ONCE = Promise.resolve()

/** What the emitter wants to know of its emissions. */
export interface EmissionObserver {
  /** @param settledAt by `performance.now()` */
  taskSettled(task: EmissionTask, result: TaskResult, settledAt: number): void
  emissionSettled(emission: Emission): void
  /** Where the handler of a task runs. */
  modeOf(task: EmissionTask): ExecutionMode
  cancel(task: EmissionTask, reason: unknown): void
  /** Emits from within the handler of a task; the promise, if there is one, resolves when there is room. */
  emit(task: EmissionTask, event: string, payload: Payload, running: Task): Promise<void> | undefined
}

/** The emission whose handler emits, as far as its children need to know it. */
export interface EmissionParent {
  /** Its id. */
  readonly id: string
  /** How many handlers emitted out of handlers to get to it. */
  readonly depth: number
  /** What travels with it beside its payload, encoded. */
  readonly metadata: Payload | undefined
}

/** A task of an emission as it stands. */
export interface TaskState {
  /** The handler in words: `name (module)`. */
  readonly handler: string
  /** How it ended, where it has. */
  readonly status: 'pending' | 'running' | TaskResult['status']
}

/**
 * One call of `emit`. Await it for the report of all its handlers; leave it for fire and forget.
 *
 * Nothing is created until someone awaits it, so an emission that nobody awaits cannot cause an `unhandledRejection`.
 */
export class Emission implements PromiseLike<EmissionReport> {
  /** The name of the event. */
  readonly event: string
  /** The emission whose handler emitted this one, if one did. */
  readonly parentId: string | undefined
  /** How many handlers emitted out of handlers to get here; 0 for an emission from outside. */
  readonly depth: number
  /** What travels with it beside its payload, of a child also what travelled with its parent. @internal */
  metadata: Payload | undefined
  /** Who is told of it, and of its tasks; `undefined` where nobody is. @internal */
  hooks: HookChain | undefined
  /** How long after `emit` its handlers may start, in milliseconds; `undefined` for at once. @internal */
  delayMs: number | undefined
  /** The emitter that made it. @internal */
  readonly observer: EmissionObserver
  /** When `emit` was called, by `performance.now()`. @internal */
  readonly startedAt = performance.now()
  /** Where it is, until it has settled, in the ledger of its emitter. @internal */
  entry: LedgerEntry | undefined
  /** Where somebody observes it. @internal */
  readonly trace: EmissionTrace | undefined
  readonly #number = nextEmissionNumber()
  #id: string | undefined
  /** Reading two clocks costs more than most of an emission. */
  #timestamp: number | undefined
  #tasks: readonly EmissionTask[] = []
  #unsettled = 0
  #observed = false
  #settledAt: number | undefined
  #report: EmissionReport | undefined
  #settled: Promise<EmissionReport> | undefined
  #resolveSettled: ((report: EmissionReport) => void) | undefined
  /** Rejects, where there were failures. */
  #fulfilled: Promise<EmissionReport> | undefined
  #resolveFulfilled: ((report: EmissionReport | Promise<never>) => void) | undefined
  #admission: Promise<void> | undefined
  #listeners: (() => void)[] | undefined

  /** Emissions are made by `emit`. */
  constructor(
    event: string,
    parent: EmissionParent | undefined,
    observer: EmissionObserver,
    metadata = parent?.metadata,
    trace?: EmissionTrace,
    id?: string,
  ) {
    this.#id = id
    this.event = event
    this.parentId = parent?.id
    this.depth = parent ? parent.depth + 1 : 0
    this.metadata = metadata
    this.observer = observer
    this.trace = trace
  }

  /** A UUID, unique among all emissions. */
  get id(): string {
    return (this.#id ??= this.trace?.emissionId ?? emissionId(this.#number))
  }

  /** When `emit` was called, in milliseconds since 1970. */
  get timestamp(): number {
    return (this.#timestamp ??= Math.ceil(Date.now() - (performance.now() - this.startedAt)))
  }

  /** `running` until every task has an outcome. */
  get status(): 'running' | 'settled' {
    return this.#unsettled === 0 ? 'settled' : 'running'
  }

  /** Each task as it stands now, in link order. */
  get tasks(): readonly TaskState[] {
    return this.#tasks.map((task) => ({
      handler: task.label,
      status: task.result?.status ?? (task.hasBegun ? 'running' : 'pending'),
    }))
  }

  /** From `emit` to the last outcome, in milliseconds; 0 until then. */
  get durationMs(): number {
    return (this.#settledAt ?? this.startedAt) - this.startedAt
  }

  /** Whether somebody asked for the outcome. @internal */
  get isObserved(): boolean {
    return this.#observed
  }

  /** Resolves, and never rejects, with the report when every task has an outcome. */
  get settled(): Promise<EmissionReport> {
    this.#observed = true
    return (this.#settled ??= new Promise((resolve) => {
      if (this.#unsettled === 0) resolve(this.makeReport())
      else this.#resolveSettled = resolve
    }))
  }

  /**
   * Resolves, and never rejects, when a queue engine has all tasks, or the executor has room for them: at once, but for `overflow: 'wait'` and a full
   * queue. It also resolves when every task has its outcome without, because it was cancelled. A producer that awaits it
   * runs no further ahead of its handlers than the executor's `maxQueue`.
   *
   * @example
   * ```ts
   * import { defineEvent, payload, type EventEmitter } from '@eventlane/core'
   *
   * declare const events: EventEmitter
   * declare const lines: AsyncIterable<string>
   * const LineRead = defineEvent('line.read', payload<string>())
   *
   * for await (const line of lines) await events.emit(LineRead, line).admitted
   * ```
   */
  get admitted(): Promise<void> {
    return this.admission ?? AT_ONCE
  }

  /** Where it has to wait for room, the promise that it has it. @internal */
  get admission(): Promise<void> | undefined {
    return this.#admission
  }

  /**
   * Awaiting an emission gives its report.
   *
   * @throws EmissionError, which holds an error for each task that was not fulfilled
   */
  then<Fulfilled = EmissionReport, Rejected = never>(
    onFulfilled?: ((report: EmissionReport) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((error: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    this.#observed = true
    this.#fulfilled ??= new Promise((resolve) => {
      if (this.#unsettled === 0) resolve(fulfilledOnly(this.makeReport()))
      else this.#resolveFulfilled = resolve
    })
    return this.#fulfilled.then(onFulfilled, onRejected)
  }

  /**
   * Cancels what has no outcome yet. Waiting tasks never start; the signals of running handlers abort, and their outcome
   * is `cancelled` at once, whatever they return later.
   *
   * A task that was handed over keeps that outcome. While it waits in its queue, it is taken out of it; where it runs, its
   * handler's signal aborts. Nothing tells whether it had ended before.
   *
   * @param reason becomes the signal's and the outcome's reason; default: an error that says so
   */
  cancel(reason: unknown = new Error('the emission was cancelled')): void {
    for (const task of this.#tasks) if (isCancellable(task)) this.observer.cancel(task, reason)
  }

  /** The tasks, for the emitter that made them. */
  get emissionTasks(): readonly EmissionTask[] {
    return this.#tasks
  }

  /** Called once by the emitter, with the tasks it has made. @internal */
  begin(tasks: readonly EmissionTask[]): void {
    this.#tasks = tasks
    this.#unsettled = tasks.length
  }

  /** Called by the emitter where the executor has no room yet. @internal */
  waitFor(admission: Promise<void>): void {
    this.#admission = new Promise((resolve) => {
      admission.then(resolve, () => {
        resolve()
      })
      this.onSettled(resolve)
    })
  }

  /** Calls back, once, when every task has an outcome. Unlike {@link settled} it does not count as observing. @internal */
  onSettled(listener: () => void): void {
    this.#listeners ??= []
    this.#listeners.push(listener)
  }

  /** Called once by each task. @internal */
  taskSettled(task: EmissionTask, result: TaskResult, settledAt: number): void {
    this.trace?.taskSettled(task, result, settledAt)
    this.observer.taskSettled(task, result, settledAt)
    this.#unsettled -= 1
    if (this.#unsettled > 0) return
    this.#settledAt = settledAt
    this.#resolveSettled?.(this.makeReport())
    this.#resolveFulfilled?.(fulfilledOnly(this.makeReport()))
    if (this.#listeners) for (const listener of this.#listeners) listener()
    this.trace?.emissionSettled(this)
    this.observer.emissionSettled(this)
  }

  /** The report, for the emitter that made it. Unlike {@link settled} it does not count as observing. @internal */
  makeReport(): EmissionReport {
    this.#report ??= new EmissionReport(
      this.event,
      this.id,
      this.durationMs,
      this.#tasks.map(outcomeOf),
      this.#tasks,
    )
    return this.#report
  }
}

function outcomeOf(task: EmissionTask): Outcome {
  return task.outcome()
}

function fulfilledOnly(report: EmissionReport): EmissionReport | Promise<never> {
  const { error } = report
  return error ? Promise.reject(error) : report
}
