import { AsyncResource } from 'node:async_hooks'
import { Backlog } from './backlog.js'
import { QueueFullError, TaskDroppedError } from '../errors/errors.js'
import type { Task } from './executor.js'
import { isLimit } from '../options.js'
import { currentTask } from './task-scope.js'

/**
 * What becomes of an emission for whose tasks there is no room in the queue of its executor. Room is reserved for all of them
 * in one step.
 *
 * - `reject`: `emit` throws a `QueueFullError`, and nothing has happened.
 * - `wait`: `emit` returns, and the tasks wait outside the queue, first come, first served; `emission.admitted` resolves when
 *   they are in it. An emission of more tasks than `maxQueue` is admitted when the queue is empty. So that handlers that wait
 *   for room cannot block each other for ever, the emission of a handler is also admitted when nothing else could go on.
 * - `drop-newest`: its tasks end as `dropped`.
 * - `drop-oldest`: as many of the oldest tasks that wait end as `dropped`; where there are not enough that have not been handed
 *   to a worker, its own tasks do.
 */
export type Overflow = 'reject' | 'wait' | 'drop-newest' | 'drop-oldest'

/** How much work may wait in an executor. */
export interface QueueOptions {
  /**
   * How many tasks may wait for their handler to start: those whose order or retry holds them back and those that were handed
   * to a worker ahead of time included, running ones not. At least 1. Default: no limit.
   */
  readonly maxQueue?: number
  /** What becomes of emissions for which there is no room. Default: `reject`. */
  readonly overflow?: Overflow
}

const OVERFLOWS: readonly unknown[] = ['reject', 'wait', 'drop-newest', 'drop-oldest'] satisfies Overflow[]

/** How {@link QueueOptions} are checked. */
export const QUEUE_OPTIONS = {
  maxQueue: isLimit,
  overflow: (value: unknown) => OVERFLOWS.includes(value),
}

/** The executor behind an {@link Intake}. */
export interface IntakeHost {
  /** How many of its tasks have neither started nor an outcome, those that are parked included. */
  waiting(): number
  /** Takes tasks for which there is room. */
  take(tasks: readonly Task[]): void
  /** Keeps tasks that wait for room among its unsettled ones. */
  park(tasks: readonly Task[]): void
  /** Forgets a task that has not started. */
  forget(task: Task): void
  /** Whether the handler of that task is under way. */
  isRunning(task: Task): boolean
  /** How many handlers are under way. */
  running(): number
  /** Whether a waiting task could start by itself, now or soon: it is not held back, and there is a free slot. */
  canStart(): boolean
}

interface ParkedEmission {
  readonly tasks: readonly Task[]
  /** The task whose handler made the emission, where one did. */
  readonly emittedBy: Task | undefined
  /** Has every `AsyncLocalStorage` as it was at `emit`. */
  readonly context: AsyncResource
  readonly admit: () => void
  isAdmitted: boolean
}

const NOTHING = (): void => undefined

/** Stands before the queue of an executor and keeps it within its limit. */
export class Intake {
  readonly #maxQueue: number
  readonly #overflow: Overflow
  readonly #host: IntakeHost
  readonly #parked = new Backlog<ParkedEmission>(
    ({ tasks, isAdmitted }) => isAdmitted || tasks.every((task) => task.isSettled),
    ({ admit }) => {
      admit()
    },
  )
  /** The tasks of parked emissions that have no outcome. */
  readonly #parkedTasks = new Set<Task>()
  /** Parked emissions of handlers. */
  readonly #ofHandlers = new Set<ParkedEmission>()
  /** Tasks that could still be dropped, the oldest first; kept only where tasks may be. */
  readonly #droppable = new Set<Task>()
  /** Room that is kept for tasks which have not been submitted. */
  #reserved = 0
  #dropped = 0
  #isAdmitting = false
  #isChecking = false

  constructor(
    { maxQueue, overflow = 'reject' }: QueueOptions & { readonly maxQueue: number },
    host: IntakeHost,
  ) {
    this.#maxQueue = maxQueue
    this.#overflow = overflow
    this.#host = host
  }

  /**
   * Takes tasks in where there is room for all of them, and else does as {@link Overflow} says.
   *
   * @param overflow in place of the executor's own policy
   * @returns a promise of their admission, where they have to wait for it
   * @throws QueueFullError
   */
  submit(
    tasks: readonly Task[],
    emittedBy: Task | undefined,
    overflow = this.#overflow,
  ): Promise<void> | undefined {
    const queued = this.#queued()
    // Only who waits itself stands in line behind others that wait.
    if ((overflow !== 'wait' || this.#parked.peek() === undefined) && this.#hasRoom(tasks.length, overflow)) {
      this.#take(tasks)
      return undefined
    }
    switch (overflow) {
      case 'reject':
        throw new QueueFullError(queued, this.#maxQueue, tasks.length, tasks[0]?.event ?? '')
      case 'wait':
        return this.#park(tasks, emittedBy ?? currentTask())
      case 'drop-newest':
        this.#dropLater(tasks)
        return undefined
      case 'drop-oldest':
        if (tasks.length > this.#maxQueue || this.#droppable.size < queued + tasks.length - this.#maxQueue)
          this.#dropLater(tasks)
        else {
          for (const task of this.#droppable) {
            if (this.#hasRoom(tasks.length)) break
            this.left(task)
            this.#host.forget(task)
            this.#drop(task)
          }
          this.#take(tasks)
        }
        return undefined
    }
  }

  /**
   * Keeps room for tasks that are submitted next, where there must be room for them.
   *
   * @returns gives the room back
   * @throws QueueFullError
   */
  reserve(tasks: readonly Task[]): () => void {
    // Other policies refuse nothing.
    if (this.#overflow !== 'reject') return NOTHING
    if (!this.#hasRoom(tasks.length))
      throw new QueueFullError(this.#queued(), this.#maxQueue, tasks.length, tasks[0]?.event ?? '')
    this.#reserved += tasks.length
    return () => {
      this.#reserved -= tasks.length
    }
  }

  /** How many tasks it has dropped. */
  get dropped(): number {
    return this.#dropped
  }

  /** A task has started, has been handed to a worker, or has its outcome. */
  left(task: Task): void {
    this.#droppable.delete(task)
    if (this.#parkedTasks.delete(task)) this.#parked.died()
  }

  /** There may be more room, or less hope for it. */
  roomFreed(): void {
    // What was cancelled is there until it is looked at.
    if (this.#isAdmitting || this.#parked.size === 0) return
    this.#isAdmitting = true
    for (let next = this.#parked.peek(); next !== undefined; next = this.#parked.peek()) {
      const { length } = next.tasks.filter((task) => !task.isSettled)
      if (!this.#hasRoom(length, 'wait')) break
      this.#parked.shift()
      this.#admit(next)
    }
    this.#isAdmitting = false
    if (this.#ofHandlers.size > 0) this.#checkLater()
  }

  /** Parks and takes nothing any more: the executor was terminated. */
  close(): void {
    for (const { admit } of this.#parked.clear()) admit()
    this.#parkedTasks.clear()
    this.#ofHandlers.clear()
    this.#droppable.clear()
  }

  #queued(): number {
    return this.#host.waiting() - this.#parkedTasks.size + this.#reserved
  }

  #hasRoom(count: number, overflow = this.#overflow): boolean {
    const queued = this.#queued()
    return queued + count <= this.#maxQueue || (queued === 0 && overflow === 'wait')
  }

  #take(tasks: readonly Task[]): void {
    if (this.#overflow === 'drop-oldest') for (const task of tasks) this.#droppable.add(task)
    this.#host.take(tasks)
  }

  #park(tasks: readonly Task[], emittedBy: Task | undefined): Promise<void> {
    return new Promise((admit) => {
      const context = new AsyncResource('eventlane.admission', { requireManualDestroy: true })
      const parked: ParkedEmission = { tasks, emittedBy, context, admit, isAdmitted: false }
      this.#parked.push(parked)
      for (const task of tasks) this.#parkedTasks.add(task)
      this.#host.park(tasks)
      if (emittedBy === undefined) return
      this.#ofHandlers.add(parked)
      this.#checkLater()
    })
  }

  #admit(parked: ParkedEmission): void {
    const { tasks, context, admit } = parked
    parked.isAdmitted = true
    this.#ofHandlers.delete(parked)
    for (const task of tasks) this.#parkedTasks.delete(task)
    const unsettled = tasks.filter((task) => !task.isSettled)
    context.runInAsyncScope(() => {
      this.#take(unsettled)
    })
    admit()
  }

  /** Outcomes never come before `submit` has returned. */
  #dropLater(tasks: readonly Task[]): void {
    queueMicrotask(() => {
      for (const task of tasks) this.#drop(task)
    })
  }

  #drop(task: Task): void {
    const reason = new TaskDroppedError(this.#overflow, this.#maxQueue, task.event, task.label)
    if (!task.isSettled) this.#dropped += 1
    task.settle({ status: 'dropped', reason })
  }

  /** Looks, when everything that can start has had a turn for it, whether handlers wait for each other. */
  #checkLater(): void {
    if (this.#isChecking) return
    this.#isChecking = true
    setImmediate(() => {
      this.#isChecking = false
      this.roomFreed()
      const stuck = this.#firstOfStuckHandlers()
      if (stuck) this.#admit(stuck)
    })
  }

  /** The first parked emission of a handler, where no other handler runs or could start that would ever make room for it. */
  #firstOfStuckHandlers(): ParkedEmission | undefined {
    let first: ParkedEmission | undefined
    const blocked = new Set<Task>()
    for (const parked of this.#ofHandlers) {
      if (parked.tasks.every((task) => task.isSettled)) this.#ofHandlers.delete(parked)
      else if (parked.emittedBy && this.#host.isRunning(parked.emittedBy)) {
        first ??= parked
        blocked.add(parked.emittedBy)
      }
    }
    return blocked.size >= this.#host.running() && !this.#host.canStart() ? first : undefined
  }
}
