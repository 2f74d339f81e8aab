import type { HandlerAddress, Task } from '@eventlane/core'

/** At most this much work, in milliseconds of estimated run time, waits in a lane behind the tasks that run. */
const AHEAD_MS = 2
/** At most this many tasks are in a lane. */
const MAX_HELD = 1024

/** A task that a lane has taken, until its worker has returned from it. */
export interface HeldTask {
  readonly id: number
  readonly task: Task
  readonly address: HandlerAddress
  readonly estimateMs: number
  /** How many tasks this opening of the lane was given before it. */
  readonly sequence: number
  /** Whether it has left for the worker. */
  isPosted: boolean
  /** Whether the worker has said that its handler starts. */
  isStarted: boolean
  /** Its time limit, and then its grace. */
  timer: NodeJS.Timeout | undefined
}

/** The tasks in a lane, in the order in which their worker starts them. */
export class HeldTasks {
  readonly #concurrency: number
  readonly #held = new Map<number, HeldTask>()
  #backlogMs = 0
  #ids = 0
  #sequence = 0

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

  add(task: Task, address: HandlerAddress, estimateMs: number): HeldTask {
    const held: HeldTask = {
      id: (this.#ids += 1),
      task,
      address,
      estimateMs,
      sequence: this.#sequence,
      isPosted: false,
      isStarted: false,
      timer: undefined,
    }
    this.#sequence += 1
    this.#backlogMs += estimateMs
    this.#held.set(held.id, held)
    return held
  }

  get(id: number): HeldTask | undefined {
    return this.#held.get(id)
  }

  find(task: Task): HeldTask | undefined {
    for (const held of this.#held.values()) if (held.task === task) return held
    return undefined
  }

  /** Whether the worker may have started it: the tasks before it leave a slot. */
  mayRun({ id }: HeldTask): boolean {
    return [...this.#held.keys()].indexOf(id) < this.#concurrency
  }

  /** Takes a task out. */
  release(id: number): HeldTask | undefined {
    const held = this.#held.get(id)
    if (held === undefined) return undefined
    clearTimeout(held.timer)
    this.#held.delete(id)
    this.#backlogMs = this.#held.size === 0 ? 0 : this.#backlogMs - held.estimateMs
    return held
  }

  /** The lane has been opened anew, and counts from 0 again. */
  reopen(): void {
    this.#sequence = 0
  }

  /**
   * Takes all tasks out of a lane whose worker has ended.
   *
   * @param startedCount how many tasks the worker has started, where that is known
   * @returns the tasks that had started or may have, and those that certainly had not
   */
  clear(startedCount: number | undefined): {
    readonly lost: readonly HeldTask[]
    readonly spared: readonly Task[]
  } {
    const lost: HeldTask[] = []
    const spared: Task[] = []
    for (const { id } of [...this.#held.values()]) {
      const held = this.release(id)
      if (held === undefined) continue
      const hasNotStarted = !held.isStarted && startedCount !== undefined && held.sequence >= startedCount
      if (hasNotStarted || !held.isPosted) spared.push(held.task)
      else lost.push(held)
    }
    return { lost, spared }
  }
}
