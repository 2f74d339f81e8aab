import type { PoolTask } from './pool-task.js'

/** At most this much work, in milliseconds of estimated run time, waits in a lane behind the tasks that run. */
const AHEAD_MS = 2
/** At most this many tasks are in a lane. */
const MAX_HELD = 1024

/** The tasks in a lane, in the order in which their worker starts them. */
export class HeldTasks {
  readonly #concurrency: number
  readonly #held = new Map<number, PoolTask>()
  #backlogMs = 0
  #ids = 0
  #posted = 0

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  get size(): number {
    return this.#held.size
  }

  /** Whether there is room for one more: a free slot, or little enough work before it. */
  hasRoom(estimateMs: number): boolean {
    if (this.#held.size < this.#concurrency) return true
    return this.#held.size < MAX_HELD && this.#backlogMs + estimateMs <= AHEAD_MS * this.#concurrency
  }

  add(held: PoolTask): void {
    held.id = this.#ids += 1
    held.estimateMs = held.handler.estimateMs
    held.sequence = undefined
    this.#backlogMs += held.estimateMs
    this.#held.set(held.id, held)
  }

  /** A message carries the task to the worker; tasks are posted in the order in which the worker will start them. */
  posted(held: PoolTask, message: number): void {
    held.sequence = this.#posted
    held.message = message
    this.#posted += 1
  }

  get(id: number): PoolTask | undefined {
    return this.#held.get(id)
  }

  /** Whether the worker may have started it: the tasks before it leave a slot. */
  mayRun({ id }: PoolTask): boolean {
    if (this.#held.size <= this.#concurrency) return true
    let before = 0
    for (const other of this.#held.keys()) {
      if (other === id) return true
      before += 1
      if (before === this.#concurrency) return false
    }
    return false
  }

  /**
   * The task whose handler blocks the worker's event loop, given that one does, and where it can be told which.
   *
   * A worker confirms a message at the end of the turn in which it received it, and starts tasks in that turn. So of the
   * tasks that have started and whose message is not confirmed, the last one has not returned from its first turn.
   *
   * @param receivedCount how many messages the worker has confirmed
   * @param startedCount how many tasks it has started, where that is known
   */
  blocking(receivedCount: number, startedCount: number | undefined): PoolTask | undefined {
    if (this.#concurrency === 1 || this.#held.size === 1) return this.#held.values().next().value
    let last: PoolTask | undefined
    for (const held of this.#held.values()) {
      const { sequence, message, isStarted, task } = held
      if (sequence === undefined || message <= receivedCount) continue
      if (isStarted || (startedCount !== undefined && sequence < startedCount)) last = held
      // It may have started without saying so.
      else if (startedCount === undefined && task.timeoutMs === undefined) last = undefined
    }
    return last
  }

  /** Takes a task out. */
  release(id: number): PoolTask | undefined {
    const held = this.#held.get(id)
    if (held === undefined) return undefined
    if (held.timer !== undefined) clearTimeout(held.timer)
    this.#held.delete(id)
    this.#backlogMs = this.#held.size === 0 ? 0 : this.#backlogMs - held.estimateMs
    return held
  }

  /** The lane has been opened anew, and counts from 0 again. */
  reopen(): void {
    this.#posted = 0
  }

  /**
   * Takes all tasks out of a lane whose worker has ended.
   *
   * @param startedCount how many tasks the worker has started, where that is known
   * @returns the tasks that had started or may have, and those that certainly had not
   */
  clear(startedCount: number | undefined): {
    readonly lost: readonly PoolTask[]
    readonly spared: readonly PoolTask[]
  } {
    const lost: PoolTask[] = []
    const spared: PoolTask[] = []
    for (const held of [...this.#held.values()]) {
      this.release(held.id)
      const { sequence, isStarted } = held
      const hasNotStarted = !isStarted && startedCount !== undefined && (sequence ?? 0) >= startedCount
      if (sequence === undefined || hasNotStarted) spared.push(held)
      else lost.push(held)
    }
    return { lost, spared }
  }
}
