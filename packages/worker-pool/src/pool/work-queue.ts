import { performance } from 'node:perf_hooks'
import { Backlog } from '@eventlane/core/executor'
import type { PoolTask } from './pool-task.js'

/** Handlers that take longer than this, in milliseconds, have a line of their own. */
const QUICK_MS = 2

interface Line {
  readonly tasks: Backlog<PoolTask>
  /** The work that has left it, in milliseconds of estimated run time; what it missed while it was empty counts as such. */
  servedMs: number
}

/**
 * The tasks of a pool that wait for a worker. Where there are several workers, quick handlers and slow ones have a line each, and
 * the line that had less of the workers' time is next: quick tasks do not wait behind every slow one that came before, and
 * slow ones are not starved by quick ones. It is start-time fair queueing, with two flows (Goyal, Vin and Cheng, 1996).
 */
export class WorkQueue {
  readonly #isFair: boolean
  readonly #quick: Line
  readonly #slow: Line
  /** Whether there has ever been a slow task: until then, nobody asks for times. */
  #hasSlow = false
  #lastQuickAt = Number.NEGATIVE_INFINITY
  /** How far the line had come that the last task left, before that task. */
  #virtualMs = 0

  /**
   * @param isFair whether to have two lines; else tasks leave in the order in which they came
   * @param discard called once with each task that was settled while it waited, when it leaves
   */
  constructor(isFair: boolean, discard: (task: PoolTask) => void) {
    const line = (): Line => ({ tasks: new Backlog(({ task }) => task.isSettled, discard), servedMs: 0 })
    this.#isFair = isFair
    this.#quick = line()
    this.#slow = isFair ? line() : this.#quick
  }

  /** How many tasks wait, some that were settled meanwhile included. */
  get size(): number {
    const { size } = this.#quick.tasks
    return this.#isFair ? size + this.#slow.tasks.size : size
  }

  push(task: PoolTask): void {
    const line = this.#lineOf(task)
    if (line === this.#slow) this.#hasSlow = true
    if (this.#isFair && this.#hasSlow) {
      task.queuedAt = performance.now()
      if (line === this.#quick) this.#lastQuickAt = task.queuedAt
    }
    if (line.tasks.size === 0) line.servedMs = Math.max(line.servedMs, this.#virtualMs)
    line.tasks.push(task)
  }

  /** The next task; a quick one where the next is slow and `isReserved`, which says that the last free worker is. */
  peek(isReserved = false): PoolTask | undefined {
    return this.#next(isReserved).tasks.peek()
  }

  /** Takes that task out which {@link peek} gives. */
  shift(isReserved = false): void {
    const line = this.#next(isReserved)
    const task = line.tasks.shift()
    if (task === undefined) return
    this.#virtualMs = line.servedMs
    if (task.handler.isMeasured) line.servedMs += task.handler.estimateMs
  }

  /**
   * How much longer the next slow task leaves the last free worker to quick ones, in milliseconds: until it has waited for as long
   * as it will run, so that it takes twice as long at most, and only while quick ones come at such intervals that one is to be
   * expected during its run.
   */
  patienceMs(): number {
    const slow = this.#slow.tasks.peek()
    if (!this.#isFair || !slow?.handler.isMeasured) return 0
    const { estimateMs } = slow.handler
    const now = performance.now()
    return now - this.#lastQuickAt > estimateMs ? 0 : Math.max(0, slow.queuedAt + estimateMs - now)
  }

  /** Puts tasks before all others of their line, in the order given. */
  unshift(tasks: readonly PoolTask[]): void {
    for (const line of this.#lines) line.tasks.unshift(tasks.filter((task) => this.#lineOf(task) === line))
  }

  /** Takes everything out. */
  clear(): PoolTask[] {
    return this.#lines.flatMap(({ tasks }) => tasks.clear())
  }

  /** Said when a task may have been settled from outside. */
  died(): void {
    this.#quick.tasks.died()
    if (this.#isFair) this.#slow.tasks.died()
  }

  get #lines(): Line[] {
    return this.#isFair ? [this.#quick, this.#slow] : [this.#quick]
  }

  #lineOf({ handler }: PoolTask): Line {
    return handler.estimateMs > QUICK_MS ? this.#slow : this.#quick
  }

  #next(isReserved: boolean): Line {
    if (!this.#isFair || this.#slow.tasks.peek() === undefined) return this.#quick
    if (isReserved) return this.#quick
    if (this.#quick.tasks.peek() === undefined) return this.#slow
    return this.#quick.servedMs <= this.#slow.servedMs ? this.#quick : this.#slow
  }
}
