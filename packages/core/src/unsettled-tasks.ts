import type { Task } from './executor.js'
import { UnsettledCount } from './unsettled-count.js'

/**
 * The tasks of an executor that have no outcome yet, with what it knows of each, and whoever waits for that to end. They keep
 * the program alive.
 */
export class UnsettledTasks<Known = undefined> {
  readonly #tasks = new Map<Task, Known>()
  readonly #count = new UnsettledCount()

  get size(): number {
    return this.#tasks.size
  }

  add(task: Task, known: Known): void {
    if (!this.#tasks.has(task)) this.#count.increment()
    this.#tasks.set(task, known)
  }

  /** What is known of a task that has no outcome. */
  get(task: Task): Known | undefined {
    return this.#tasks.get(task)
  }

  /** @returns whether it was there */
  delete(task: Task): boolean {
    if (!this.#tasks.delete(task)) return false
    this.#count.decrement()
    return true
  }

  /** Cancels them all. */
  cancel(reason: unknown): void {
    for (const task of this.#tasks.keys()) {
      task.settle({ status: 'cancelled', reason })
      this.delete(task)
    }
  }

  /** Resolves when there are none. */
  none(): Promise<void> {
    return this.#count.none()
  }
}
