import { Chain, TaskMeter, UnsettledCount, type Task } from '@eventlane/core/executor'
import type { PoolHandler } from './pool-handler.js'
import { PoolTask } from './pool-task.js'

/**
 * Where a pool notes on a task what it knows of it. A map would be slower by itself, and each time that it grows or is cleared of
 * holes it leaves a table behind that keeps all tasks alive which were in it, until the next full garbage collection.
 */
const NOTE = Symbol('pool task')

interface NotedTask extends Task {
  [NOTE]?: PoolTask
}

/** The tasks of a pool that have no outcome yet, and whoever waits for that to end. They keep the program alive. */
export class UnsettledTasks {
  readonly #tasks = new Chain<PoolTask>()
  readonly #count = new UnsettledCount()
  /** How those ended that were here. */
  readonly meter = new TaskMeter()

  get size(): number {
    return this.#count.size
  }

  /** What is known of a task that has no outcome. */
  get(task: NotedTask): PoolTask | undefined {
    const known = task[NOTE]
    return known?.owner === this && known.isUnsettled ? known : undefined
  }

  add(task: NotedTask, handler: PoolHandler): PoolTask {
    const known = new PoolTask(task, handler, this)
    task[NOTE] = known
    this.#tasks.add(known)
    this.#count.increment()
    return known
  }

  /** @returns what was known of the task, if it was there */
  delete(task: Task): PoolTask | undefined {
    const known = this.get(task)
    if (known === undefined) return undefined
    known.isUnsettled = false
    this.#tasks.remove(known)
    this.#count.decrement()
    this.meter.settled(task)
    return known
  }

  /** Cancels them all. */
  cancel(reason: unknown): void {
    for (const { task } of this.#tasks) {
      task.settle({ status: 'cancelled', reason })
      this.delete(task)
    }
  }

  /** Resolves when there are none. */
  none(): Promise<void> {
    return this.#count.none()
  }
}
