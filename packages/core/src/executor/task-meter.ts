import type { Task } from './executor.js'
import type { OutcomeCounts } from './outcome.js'
import { TaskCounts } from './task-counts.js'
import { runTimeOf } from './task-times.js'

/** What an executor knows of the tasks that it is done with. */
export interface TaskTotals {
  /** How its tasks ended; `total` is how many have ended. Each attempt at a task is one of its own. */
  readonly counts: OutcomeCounts
  /** How long handlers ran that have ended, in milliseconds, added up. */
  readonly busyMs: number
}

/** Adds up how the tasks of an executor end. */
export class TaskMeter {
  readonly #counts = new TaskCounts()
  #busyMs = 0

  /** Said once of each task, when it has its outcome. */
  settled({ result }: Task): void {
    // What an intake drops it forgets first, and then gives its outcome.
    if (result === undefined || result.status === 'dropped') return
    this.#counts.ended(result.status)
    this.#busyMs += runTimeOf(result) ?? 0
  }

  /**
   * What was counted so far.
   *
   * @param dropped tasks that an intake has dropped: it is not done with them, since it never had them
   */
  totals(dropped = 0): TaskTotals {
    const counts = this.#counts.read()
    return { counts: { ...counts, dropped, total: counts.total + dropped }, busyMs: this.#busyMs }
  }
}
