import type { HandlerAddress } from '../address.js'
import {
  EmissionError,
  HandlerError,
  TaskCancelledError,
  type EventlaneError,
  type TaskDroppedError,
} from '../errors/errors.js'
import type { TaskResult } from './executor.js'
import { boundHandler, type AnyHandler, type BoundHandler } from '../handler/handler.js'
import { TaskCounts } from './task-counts.js'
import type { TaskTimes } from './task-times.js'
import { messageOf } from '../errors/thrown.js'

interface Settled {
  /** The handler in words: `name (module)`. */
  readonly handler: string
  /** The handler's address; `undefined` for a local one. */
  readonly address: HandlerAddress | undefined
  /** Which attempt this was the outcome of; 1 without `retry`. */
  readonly attempt: number
  /** From `emit` to the handler's start, in milliseconds. */
  readonly waitMs: number
  /** From the handler's start to its end, in milliseconds; 0 where it did not run. */
  readonly runMs: number
}

/** How a task ended. */
export type Outcome<Value = unknown> =
  | (Settled & { readonly status: 'fulfilled'; readonly value: Value })
  | (Settled & { readonly status: 'rejected'; readonly error: unknown })
  | (Settled & { readonly status: 'cancelled'; readonly reason: unknown })
  /** There was no room for it in the queue of its executor; the handler never ran. */
  | (Settled & { readonly status: 'dropped'; readonly reason: TaskDroppedError })
  /** A queue engine that reports no results has it. */
  | (Settled & { readonly status: 'handed-over' })

/** How many tasks ended in which way: `total = fulfilled + rejected + cancelled + dropped + handedOver`. */
export interface OutcomeCounts {
  /** All of them. */
  readonly total: number
  /** Handlers that returned. */
  readonly fulfilled: number
  /** Handlers that threw, timed out or were lost with their worker. */
  readonly rejected: number
  /** Tasks that were cancelled before they had ended. */
  readonly cancelled: number
  /** Tasks for which there was no room. */
  readonly dropped: number
  /** Tasks that a queue engine without results has taken over. */
  readonly handedOver: number
}

/** As much of a task as its outcome tells. */
interface OutcomeTask {
  readonly label: string
  readonly address: HandlerAddress | undefined
}

/** Whose outcome an outcome is. */
interface ReportedTask {
  readonly link: { readonly bound: BoundHandler }
}

/** What became of an emission: every task's outcome, in link order. */
export class EmissionReport implements OutcomeCounts {
  /** The name of the event. */
  readonly event: string
  /** The id of the emission. */
  readonly emissionId: string
  /** One for each task, in link order. */
  readonly outcomes: readonly Outcome[]
  /** From `emit` to the last outcome, in milliseconds. */
  readonly durationMs: number
  readonly total: number
  readonly fulfilled: number
  readonly rejected: number
  readonly cancelled: number
  readonly dropped: number
  readonly handedOver: number
  readonly #tasks: readonly ReportedTask[]

  /** Reports are made by emissions. */
  constructor(
    event: string,
    emissionId: string,
    durationMs: number,
    outcomes: readonly Outcome[],
    tasks: readonly ReportedTask[],
  ) {
    this.event = event
    this.emissionId = emissionId
    this.durationMs = durationMs
    this.outcomes = outcomes
    this.#tasks = tasks
    const counts = outcomes.every(isFulfilled) ? undefined : countsOf(outcomes)
    this.total = outcomes.length
    this.fulfilled = counts?.fulfilled ?? outcomes.length
    this.rejected = counts?.rejected ?? 0
    this.cancelled = counts?.cancelled ?? 0
    this.dropped = counts?.dropped ?? 0
    this.handedOver = counts?.handedOver ?? 0
  }

  /**
   * The outcome of one handler, its value typed; `undefined` where the handler had no task in this emission.
   *
   * @example
   * ```ts
   * import { defineEvent, EventEmitter, EventLinker, type Executor } from '@eventlane/core'
   *
   * declare const executor: Executor
   * const Tick = defineEvent('tick')
   * const linker = new EventLinker()
   * const count = () => 1
   * linker.on(Tick, count, { local: true })
   *
   * await using events = new EventEmitter({ executor, linker })
   * const outcome = (await events.emit(Tick)).of(count)
   * if (outcome?.status === 'fulfilled') console.log(outcome.value + 1)
   * ```
   */
  of<Result>(handler: AnyHandler<Result>): Outcome<Awaited<Result>> | undefined {
    const { handler: wanted } = boundHandler(handler)
    const index = this.#tasks.findIndex(({ link }) => link.bound.handler === wanted)
    return this.outcomes[index] as Outcome<Awaited<Result>> | undefined
  }

  /** The error that `await emission` throws, or `undefined` where every task was fulfilled or handed over. */
  get error(): EmissionError | undefined {
    if (this.fulfilled + this.handedOver === this.total) return undefined
    const errors = this.outcomes.flatMap((outcome) => outcomeError(this.event, outcome) ?? [])
    return new EmissionError(this.event, this.emissionId, errors, this.total)
  }
}

function isFulfilled({ status }: Outcome): boolean {
  return status === 'fulfilled'
}

/** How an attempt at a task ended, with its value read. */
export function outcomeOf(
  result: TaskResult,
  { label: handler, address }: OutcomeTask,
  attempt: number,
  { waitMs, runMs }: TaskTimes,
): Outcome {
  switch (result.status) {
    case 'fulfilled':
      return { status: 'fulfilled', value: result.result.read(), handler, address, attempt, waitMs, runMs }
    case 'rejected':
      return { status: 'rejected', error: result.error, handler, address, attempt, waitMs, runMs }
    case 'cancelled':
    case 'dropped':
      return { ...result, handler, address, attempt, waitMs, runMs }
    case 'handed-over':
      return { status: 'handed-over', handler, address, attempt, waitMs, runMs }
  }
}

/** How many ended in which way. */
export function countsOf(ended: readonly { readonly status: Outcome['status'] }[]): OutcomeCounts {
  const counts = new TaskCounts()
  for (const { status } of ended) counts.ended(status)
  return counts.read()
}

/** The error that stands for an outcome where the task has been no success. */
export function outcomeError(event: string, outcome: Outcome): EventlaneError | undefined {
  if (outcome.status === 'fulfilled' || outcome.status === 'handed-over') return undefined
  if (outcome.status === 'rejected') return new HandlerError(event, outcome.handler, outcome.error)
  if (outcome.status === 'dropped') return outcome.reason
  const { reason } = outcome
  const where = `event ${JSON.stringify(event)}, handler ${outcome.handler}`
  return new TaskCancelledError(messageOf(reason), where, reason)
}
