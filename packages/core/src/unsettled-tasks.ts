import type { Task } from './executor.js'

/** The tasks of an executor that have no outcome yet, and whoever waits for that to end. */
export class UnsettledTasks implements Iterable<Task> {
  readonly #tasks = new Set<Task>()
  readonly #waiters: (() => void)[] = []

  get size(): number {
    return this.#tasks.size
  }

  add(task: Task): void {
    this.#tasks.add(task)
  }

  delete(task: Task): void {
    if (this.#tasks.delete(task) && this.#tasks.size === 0) {
      for (const resolve of this.#waiters.splice(0)) resolve()
    }
  }

  /** Cancels them all. */
  cancel(reason: unknown): void {
    for (const task of this.#tasks) {
      task.settle({ status: 'cancelled', reason })
      this.delete(task)
    }
  }

  /** Resolves when there are none. */
  async none(): Promise<void> {
    if (this.#tasks.size > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }

  [Symbol.iterator](): Iterator<Task> {
    return this.#tasks.values()
  }
}
