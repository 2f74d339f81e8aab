import type { TaskResult } from './executor.js'

/** How long a task waited for its handler's start, and how long the handler ran, in milliseconds. */
export interface TaskTimes {
  readonly waitMs: number
  readonly runMs: number
}

/**
 * @param emittedAt when `emit` was called, by `performance.now()`
 * @param settledAt when the task got its outcome, by the same clock
 */
export function timesOf(emittedAt: number, result: TaskResult, settledAt: number): TaskTimes {
  const runMs = runTimeOf(result) ?? 0
  return { waitMs: waitTimeOf(emittedAt, settledAt, runMs), runMs }
}

/** How long a task waited whose handler ran for that long. */
export function waitTimeOf(emittedAt: number, settledAt: number, runMs: number): number {
  return Math.max(0, settledAt - emittedAt - runMs)
}

/** How long the handler ran, where the executor knows. */
export function runTimeOf(result: TaskResult): number | undefined {
  return result.status === 'fulfilled' || result.status === 'rejected' ? result.runMs : undefined
}

/** When the handler ended, where the executor knows. */
export function endOf(result: TaskResult): number | undefined {
  return result.status === 'fulfilled' || result.status === 'rejected' ? result.endedAt : undefined
}
