import type { PoolTask } from '../pool/pool-task.js'
import type { TaskClaims } from '../message/task-claims.js'

/** At most this much work, in milliseconds of estimated run time, waits in a lane behind the tasks that run. */
const AHEAD_MS = 2
/** At most this many tasks are in a lane of which no more may be under way at once. */
const MAX_HELD = 1024

/** The tasks in a lane, in the order in which their worker starts them. */
export class HeldTasks {
  /** How many tasks may be in the lane, those taken back included that the worker has not passed by yet. */
  readonly capacity: number
  readonly #concurrency: number
  /** By their numbers. */
  readonly #held: (PoolTask | undefined)[] = []
  #size = 0
  #added = 0
  /** Numbers of tasks that were taken back; they are free when the worker has passed them by. */
  readonly #takenBack = new Set<number>()
  #freeIds: number[] = []
  #usedIds = 0
  #backlogMs = 0
  /** Shared with the worker, where it is a thread. */
  #claims: TaskClaims | undefined

  constructor(concurrency: number) {
    this.#concurrency = concurrency
    this.capacity = Math.max(concurrency, MAX_HELD)
  }

  get size(): number {
    return this.#size
  }

  /** Whether tasks wait for others to end. */
  get isWaiting(): boolean {
    return this.#size > this.#concurrency
  }

  /** Whether the tasks take so long that none is put behind them. */
  get isLong(): boolean {
    return this.#backlogMs > AHEAD_MS * this.#concurrency
  }

  /** Whether it is known which tasks have started. */
  get knowsStarted(): boolean {
    return this.#claims !== undefined
  }

  /** Whether there is room for one more: a free slot, or little enough work before it. */
  hasRoom(estimateMs: number): boolean {
    if (this.#size + this.#takenBack.size >= this.capacity) return false
    return this.#size < this.#concurrency || this.#backlogMs + estimateMs <= AHEAD_MS * this.#concurrency
  }

  add(held: PoolTask): void {
    held.id = this.#freeIds.pop() ?? this.#usedIds++
    held.order = this.#added += 1
    held.estimateMs = held.handler.estimateMs
    held.message = undefined
    this.#backlogMs += held.estimateMs
    this.#held[held.id] = held
    this.#size += 1
  }

  /** A message carries the task to the worker; tasks are posted in the order in which the worker will start them. */
  posted(held: PoolTask, message: number): void {
    held.message = message
    this.#claims?.offer(held.id)
  }

  get(id: number): PoolTask | undefined {
    return this.#held[id]
  }

  /** Whether the worker may have started it: as far as is known, the tasks before it leave a slot. */
  mayRun(held: PoolTask): boolean {
    if (this.#claims || !this.isWaiting) return this.#mayHaveStarted(held)
    let before = 0
    for (const other of this.#inOrder()) {
      if (other === held) return true
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
   */
  blocking(receivedCount: number): PoolTask | undefined {
    if (this.#concurrency === 1 || this.#size === 1) return this.#inOrder()[0]
    let last: PoolTask | undefined
    for (const held of this.#inOrder()) {
      if (held.message === undefined || held.message <= receivedCount) continue
      if (held.isStarted || this.#claims?.hasStarted(held.id)) last = held
      // It may have started without saying so.
      else if (!this.#claims && held.task.timeoutMs === undefined) last = undefined
    }
    return last
  }

  /** Takes a task out that the worker is done with, or has not heard of. */
  release(id: number): PoolTask | undefined {
    const held = this.#remove(id)
    if (held || this.#takenBack.delete(id)) this.#freeIds.push(id)
    return held
  }

  /**
   * Takes a task out, so that the worker does not hear of it where it has not left yet, and else passes it by; `false` where it has
   * started, or may have.
   */
  takeBack(held: PoolTask): boolean {
    if (held.message === undefined) return this.release(held.id) !== undefined
    if (!this.#claims?.takeBack(held.id)) return false
    this.#remove(held.id)
    this.#takenBack.add(held.id)
    return true
  }

  /** Takes all tasks out that the worker has certainly not started, those that have not left for it included. */
  takeBackAll(): readonly PoolTask[] {
    return this.#inOrder().filter((held) => this.takeBack(held))
  }

  /** The lane has been opened anew. */
  reopen(claims: TaskClaims | undefined): void {
    this.#claims = claims
    this.#freeIds = []
    this.#usedIds = 0
    this.#takenBack.clear()
  }

  /**
   * Takes all tasks out of a lane whose worker has ended.
   *
   * @returns the tasks that had started or may have, and those that certainly had not
   */
  clear(): { readonly lost: readonly PoolTask[]; readonly spared: readonly PoolTask[] } {
    const lost: PoolTask[] = []
    const spared: PoolTask[] = []
    for (const held of this.#inOrder()) {
      if (this.#mayHaveStarted(held)) lost.push(held)
      else spared.push(held)
      this.#remove(held.id)
    }
    return { lost, spared }
  }

  /** The tasks in the order in which they came: seldom asked for. */
  #inOrder(): PoolTask[] {
    return this.#held.filter((held) => held !== undefined).sort((one, other) => one.order - other.order)
  }

  #mayHaveStarted(held: PoolTask): boolean {
    if (held.isStarted) return true
    return held.message !== undefined && (this.#claims?.hasStarted(held.id) ?? true)
  }

  #remove(id: number): PoolTask | undefined {
    const held = this.#held[id]
    if (held === undefined) return undefined
    if (held.timer !== undefined) clearTimeout(held.timer)
    this.#held[id] = undefined
    this.#size -= 1
    this.#backlogMs = this.#size === 0 ? 0 : this.#backlogMs - held.estimateMs
    return held
  }
}
