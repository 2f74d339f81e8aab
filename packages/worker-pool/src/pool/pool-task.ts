import type { Chained, Task } from '@eventlane/core/executor'
import type { PoolHandler } from './pool-handler.js'

/** What has a task until its worker has returned from it. */
export interface TaskHolder {
  /** Aborts the signal of a task that has its outcome already, and ends the worker if its handler does not stop. */
  cancel(task: PoolTask, reason: unknown): void
}

/** A task with what its pool, and then its lane, knows of it. */
export class PoolTask implements Chained<PoolTask> {
  readonly task: Task
  readonly handler: PoolHandler
  /** Who keeps it among the unsettled tasks. */
  readonly owner: object
  previous: PoolTask | undefined
  next: PoolTask | undefined
  isUnsettled = true
  /** Its gate has not let it through yet. */
  isHeldBack: boolean
  /** The lane that has it. */
  lane: TaskHolder | undefined
  /** When it came into the queue, by `performance.now()`; where the queue has two lines. */
  queuedAt = 0
  /** Its number in the lane. */
  id = 0
  /** How many tasks the lane had been given before it. */
  order = 0
  /** How long it may take, as was thought when it was given to the lane, in milliseconds. */
  estimateMs = 0
  /** The number of the message that carried it; `undefined` until it has left for the worker. */
  message: number | undefined
  /** Whether the worker has said that its handler starts. */
  isStarted = false
  /** Its time limit, and then its grace. */
  timer: NodeJS.Timeout | undefined

  constructor(task: Task, handler: PoolHandler, owner: object) {
    this.task = task
    this.handler = handler
    this.owner = owner
    this.isHeldBack = task.gate !== undefined
  }
}
