import { DurationHistogram, type DurationStats } from './duration-histogram.js'
import type { EmissionTask } from './emission-task.js'
import type { ExecutorStats, TaskResult } from '../executor/executor.js'
import type { OutcomeCounts } from '../executor/outcome.js'
import { TaskCounts } from '../executor/task-counts.js'
import { runTimeOf, waitTimeOf } from '../executor/task-times.js'

/** Beyond so many handlers, those that come new share one line, so that memory is bounded. */
const MAX_HANDLERS = 1000
const OTHERS = '(other handlers)'

/** How the tasks of one handler went, since the emitter was made. */
export interface HandlerStats {
  /** The handler in words, `name (module)`; handlers of the same name and module are one. */
  readonly handler: string
  /** How its tasks ended; `total` is how many have ended. */
  readonly counts: OutcomeCounts
  /** From `emit` to the handler's start, in milliseconds, earlier attempts included, of tasks whose handler ran to its end. */
  readonly waitMs: DurationStats
  /** From the handler's start to its end, in milliseconds; where it was tried again, of the last attempt. */
  readonly runMs: DurationStats
}

/** What an emitter has done by now, and has to do. */
export interface EmitterStats {
  /** Tasks whose handler has not started, those that wait for their turn or their next attempt included. */
  readonly queued: number
  /** Tasks whose handler has started, or that were handed to a worker, and that have no outcome. */
  readonly running: number
  /** How its tasks ended: what `drain` returns. */
  readonly counts: OutcomeCounts
  /** With the option `stats`: each handler that a task has ended of, in the order in which the first did. Else none. */
  readonly handlers: readonly HandlerStats[]
  /** Those of its executor, which may serve other emitters too. */
  readonly executor: ExecutorStats
  /** The same of each executor that has a name. */
  readonly executors: Readonly<Record<string, ExecutorStats>>
}

/** Adds up how the tasks of one handler go. */
export class HandlerMeasure {
  /** Who measures: links are shared, and remember the measure of the emitter that used them last. */
  readonly owner: HandlerMeasures
  readonly #handler: string
  readonly #counts = new TaskCounts()
  readonly #waitMs = new DurationHistogram()
  readonly #runMs = new DurationHistogram()

  constructor(owner: HandlerMeasures, handler: string) {
    this.owner = owner
    this.#handler = handler
  }

  settled(result: TaskResult, emittedAt: number, settledAt: number): void {
    this.#counts.ended(result.status)
    const runMs = runTimeOf(result)
    if (runMs === undefined) return
    this.#runMs.record(runMs)
    this.#waitMs.record(waitTimeOf(emittedAt, settledAt, runMs))
  }

  stats(): HandlerStats {
    return {
      handler: this.#handler,
      counts: this.#counts.read(),
      waitMs: this.#waitMs.stats(),
      runMs: this.#runMs.stats(),
    }
  }
}

/** Adds up how the tasks of an emitter go, handler by handler. */
export class HandlerMeasures {
  readonly #measures = new Map<string, HandlerMeasure>()

  taskSettled({ link, emission }: EmissionTask, result: TaskResult, settledAt: number): void {
    // Looking it up by its label each time would cost more than the rest.
    if (link.measure?.owner !== this) link.measure = this.#measureOf(link.label)
    link.measure.settled(result, emission.startedAt, settledAt)
  }

  stats(): HandlerStats[] {
    return [...this.#measures.values()].map((measure) => measure.stats())
  }

  #measureOf(label: string): HandlerMeasure {
    const known = this.#measures.get(label)
    if (known !== undefined) return known
    const name = this.#measures.size < MAX_HANDLERS ? label : OTHERS
    const measure = this.#measures.get(name) ?? new HandlerMeasure(this, name)
    this.#measures.set(name, measure)
    return measure
  }
}
