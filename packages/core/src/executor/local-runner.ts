import { AsyncResource } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import { Backlog } from './backlog.js'
import { Chain } from './chain.js'
import type { ExecutionMode, ExecutorStats, Task } from './executor.js'
import { Intake, type QueueOptions } from './intake.js'
import { TaskMeter } from './task-meter.js'
import { runOf, TaskRun, type TaskRunObserver } from './task-run.js'
import { UnsettledCount } from './unsettled-count.js'

// As they were before a handler, or a test with fake timers, could replace them.
const { setImmediate } = globalThis

/** `queueMicrotask` of Node.js takes twice as long. */
const MICROTASK = Promise.resolve()
/** After this much uninterrupted work, in milliseconds, timers and sockets get their turn. */
const SLICE_MS = 5
const NO_WORKERS = {
  workers: 0,
  workersLost: 0,
  workersStarted: 0,
  workerMs: 0,
  utilisation: 0,
  bytesSent: 0,
  bytesReceived: 0,
}
/** Handlers that go on in microtasks get their turn after so many others have started, so that their work counts in the slice. */
const STARTS_IN_A_ROW = 16

/**
 * Runs tasks on the event loop of its own realm: local links in the main realm, a pool's tasks in a worker.
 *
 * Tasks start in order, in a later microtask than the one that submitted them, at most `concurrency` at a time. A slot is
 * taken until the handler has returned, also when the task was settled before by a timeout or a cancellation.
 */
export class LocalRunner {
  /** What its executor calls itself. */
  readonly mode: ExecutionMode
  readonly #concurrency: number
  readonly #queue = new Backlog<TaskRun>(
    ({ task }) => task.isSettled,
    (run) => {
      this.#discard(run)
    },
  )
  /** Everything that has no outcome, or whose handler has not returned. */
  readonly #runs = new Chain<TaskRun>()
  readonly #unsettled = new UnsettledCount()
  readonly #meter = new TaskMeter()
  /** Handlers that have been started, and have not returned. */
  #running = 0
  /** Tasks whose handler has been started and that have no outcome yet. */
  #started = 0
  readonly #intake: Intake | undefined
  #scheduled = false
  /** Timers and sockets have their turn before further tasks start. */
  #pauses = false
  #sliceStart: number | undefined
  readonly #observer: TaskRunObserver

  /**
   * @param concurrency how many handlers may be under way at once
   * @param queue how much may wait; by default, any amount
   * @param isOnlyReader whether nobody but the emitter and the handlers sees the payloads of its tasks, so that the last handler
   *   may have the copy that was kept for making others of
   */
  constructor(mode: ExecutionMode, concurrency: number, queue: QueueOptions = {}, isOnlyReader = false) {
    this.mode = mode
    this.#observer = {
      mode,
      isOnlyReader,
      now: undefined,
      settled: (run) => {
        this.#settled(run)
      },
      returnedLater: (run) => {
        this.#returned(run)
        if (this.#queue.size > 0 || this.#intake) this.#schedule()
      },
    }
    this.#concurrency = concurrency
    const { maxQueue = Number.POSITIVE_INFINITY } = queue
    if (maxQueue === Number.POSITIVE_INFINITY) return
    this.#intake = new Intake(
      { ...queue, maxQueue },
      {
        waiting: () => this.queued,
        take: (tasks) => {
          this.#take(tasks)
        },
        park: (tasks) => {
          for (const task of tasks) this.#enter(task)
        },
        forget: (task) => {
          this.#forget(task)
        },
        isRunning: (task) => this.#runOf(task)?.isRunning === true,
        running: () => this.#running,
        canStart: () => this.#running < this.#concurrency && this.#queue.peek() !== undefined,
      },
    )
  }

  /** How many tasks wait for their turn. */
  get queued(): number {
    return this.#unsettled.size - this.#started
  }

  /** How many tasks run. */
  get running(): number {
    return this.#running
  }

  /** Whether further tasks are about to start, in a microtask. */
  get startsMore(): boolean {
    return this.#scheduled && !this.#pauses
  }

  /** Counts of a runner that has no workers. */
  stats(): ExecutorStats {
    const { queued, running } = this
    const totals = this.#meter.totals(this.#intake?.dropped)
    return { queued, running, ...totals, ...NO_WORKERS }
  }

  /**
   * @param emittedBy the task whose handler emits these, where one does
   * @param overflow `wait` where these are to wait for room whatever the policy is
   * @returns a promise of their admission, where they have to wait for it
   * @throws QueueFullError
   */
  submit(tasks: readonly Task[], emittedBy?: Task, overflow?: 'wait'): Promise<void> | undefined {
    if (this.#intake) return this.#intake.submit(tasks, emittedBy, overflow)
    this.#take(tasks)
    return undefined
  }

  /**
   * Keeps room for tasks that are submitted next.
   *
   * @returns gives the room back
   * @throws QueueFullError
   */
  reserve(tasks: readonly Task[]): () => void {
    return this.#intake?.reserve(tasks) ?? (() => undefined)
  }

  #take(tasks: readonly Task[]): void {
    // AsyncLocalStorage.snapshot() does the same at a hundred times the cost.
    const context = new AsyncResource('eventlane.tasks', { requireManualDestroy: true })
    for (const task of tasks) {
      const run = this.#enter(task)
      run.asyncContext = context
      if (task.gate === undefined) this.#queue.push(run)
      else
        task.gate.whenOpen(() => {
          this.#queue.push(run)
          this.#schedule()
        })
    }
    this.#schedule()
  }

  /** Takes the next attempt at a task; it runs in the `AsyncLocalStorage` of the one before it. */
  resubmit(task: Task): void {
    this.#take([task])
  }

  /** Aborts the signal of a task that has been settled from outside. */
  cancel(task: Task, reason: unknown): void {
    const run = this.#runOf(task)
    if (run?.isRunning) {
      run.abort(reason)
      this.#settled(run)
    } else {
      this.#forget(task)
      this.#intake?.left(task)
      this.#intake?.roomFreed()
    }
  }

  /** Resolves when every task has its outcome. */
  idle(): Promise<void> {
    return this.#unsettled.none()
  }

  /** Cancels everything that has no outcome yet, and aborts the signals of whatever still runs. */
  terminate(reason: unknown): void {
    for (const run of this.#runs) {
      if (run.isUnsettled) run.task.settle({ status: 'cancelled', reason })
      this.#settled(run)
    }
    this.#intake?.close()
    for (const { task } of this.#queue.clear()) task.released()
    for (const run of this.#runs) run.abort(reason)
  }

  /** What there is of a task that was parked, or else all there is to be. */
  #enter(task: Task): TaskRun {
    const parked = this.#runOf(task)
    if (parked?.isUnsettled) return parked
    const run = new TaskRun(task, this.#observer)
    this.#runs.add(run)
    this.#unsettled.increment()
    return run
  }

  #runOf(task: Task): TaskRun | undefined {
    return runOf(task, this.#observer)
  }

  /** A task that has not started has its outcome. */
  #forget(task: Task): void {
    const run = this.#runOf(task)
    if (run) this.#settled(run)
    this.#queue.died()
  }

  #discard(run: TaskRun): void {
    this.#settled(run)
    this.#intake?.left(run.task)
    run.task.released()
  }

  /** A task has its outcome; said again when a late result comes. */
  #settled(run: TaskRun): void {
    if (!run.isUnsettled) return
    run.isUnsettled = false
    if (run.isRunning) this.#started -= 1
    else this.#runs.remove(run)
    this.#unsettled.decrement()
    this.#meter.settled(run.task)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    void MICROTASK.then(this.#startTasks)
  }

  readonly #startTasks = (): void => {
    this.#scheduled = false
    this.#pauses = false
    this.#startWhatMay()
    this.#intake?.roomFreed()
  }

  #startWhatMay(): void {
    this.#observer.now = undefined
    for (let started = 0; this.#running < this.#concurrency && this.#queue.size > 0; started += 1) {
      const now = (this.#observer.now ??= performance.now())
      if (now - (this.#sliceStart ??= this.#beginSlice(now)) > SLICE_MS) {
        this.#scheduled = true
        this.#pauses = true
        setImmediate(this.#startTasks)
        return
      }
      if (started === STARTS_IN_A_ROW) {
        this.#schedule()
        return
      }
      const run = this.#queue.shift()
      if (run === undefined) return
      this.#intake?.left(run.task)
      if (run.task.begin()) this.#start(run, now)
      else this.#discard(run)
    }
  }

  #beginSlice(now: number): number {
    setImmediate(() => (this.#sliceStart = undefined))
    return now
  }

  #start(run: TaskRun, now: number): void {
    run.isRunning = true
    this.#started += 1
    this.#running += 1
    if (run.start(now)) this.#returned(run)
    else this.#observer.now = undefined
  }

  #returned(run: TaskRun): void {
    run.isRunning = false
    this.#running -= 1
    if (!run.isUnsettled) this.#runs.remove(run)
    run.task.released()
  }
}
