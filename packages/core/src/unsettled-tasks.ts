import type { Task } from './executor.js'

let holders = 0
let timer: NodeJS.Timeout | undefined

/** Keeps the program alive, also where handlers wait for nothing that does (a timer that is unref'd, for one). */
function holdProgram(): void {
  holders += 1
  if (holders > 1) return
  timer ??= setInterval(() => undefined, 2 ** 31 - 1)
  timer.ref()
}

function releaseProgram(): void {
  holders -= 1
  if (holders === 0) timer?.unref()
}

/**
 * The tasks of an executor that have no outcome yet, with what it knows of each, and whoever waits for that to end. They keep
 * the program alive.
 */
export class UnsettledTasks<Known = undefined> {
  readonly #tasks = new Map<Task, Known>()
  readonly #waiters: (() => void)[] = []

  get size(): number {
    return this.#tasks.size
  }

  add(task: Task, known: Known): void {
    if (this.#tasks.size === 0) holdProgram()
    this.#tasks.set(task, known)
  }

  /** What is known of a task that has no outcome. */
  get(task: Task): Known | undefined {
    return this.#tasks.get(task)
  }

  /** @returns whether it was there */
  delete(task: Task): boolean {
    if (!this.#tasks.delete(task)) return false
    if (this.#tasks.size === 0) {
      releaseProgram()
      for (const resolve of this.#waiters.splice(0)) resolve()
    }
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
  async none(): Promise<void> {
    if (this.#tasks.size > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }
}
