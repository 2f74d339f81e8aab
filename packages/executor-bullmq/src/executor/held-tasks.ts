import { Chain, type Chained, type Task } from '@eventlane/core/executor'

interface Entry extends Chained<Entry> {
  readonly task: Task
  hasJob: boolean
}

type NotedTask = Task & Record<symbol, Entry | undefined>

/**
 * Tasks that are held, and whether each has its job. Each task has its entry noted on itself: a `Map` that fills and empties
 * leaves old tables behind, which keep what was in it alive until the next full garbage collection, with all that it leads to.
 */
export class HeldTasks implements Iterable<Task> {
  readonly #holder = Symbol('held')
  readonly #entries = new Chain<Entry>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(task: Task): void {
    const noted = task as NotedTask
    if (noted[this.#holder]) return
    const entry: Entry = { task, hasJob: false, previous: undefined, next: undefined }
    noted[this.#holder] = entry
    this.#entries.add(entry)
    this.#size += 1
  }

  /** The job of a task is about to be written. */
  noteJob(task: Task): void {
    const entry = (task as NotedTask)[this.#holder]
    if (entry) entry.hasJob = true
  }

  /** Whether its job is written, or about to be. */
  hasJob(task: Task): boolean {
    return (task as NotedTask)[this.#holder]?.hasJob === true
  }

  /** @returns whether it was held */
  delete(task: Task): boolean {
    const noted = task as NotedTask
    const entry = noted[this.#holder]
    if (entry === undefined) return false
    noted[this.#holder] = undefined
    this.#entries.remove(entry)
    this.#size -= 1
    return true
  }

  *[Symbol.iterator](): Iterator<Task> {
    for (const { task } of this.#entries) yield task
  }
}
