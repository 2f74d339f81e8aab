import { performance } from 'node:perf_hooks'
import type { TaskDroppedError } from './errors.js'
import { warnOfDrops } from './failure-report.js'

/** One warning of dropped tasks in that time, in milliseconds, with the number of those since the one before. */
const DROP_WARNING_INTERVAL_MS = 1000

/** Warns of dropped tasks: they are dropped in floods, and warnings of them must not become one. */
export class DropWarnings {
  #drops = 0
  #reportedAt = Number.NEGATIVE_INFINITY

  add(reason: TaskDroppedError): void {
    this.#drops += 1
    const now = performance.now()
    if (now - this.#reportedAt < DROP_WARNING_INTERVAL_MS) return
    warnOfDrops(this.#drops, reason)
    this.#drops = 0
    this.#reportedAt = now
  }
}
