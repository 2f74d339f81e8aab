import { AsyncResource } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import { Backlog } from './backlog.js'
import { HandlerTimeoutError } from './errors.js'
import type { ExecutionMode, Task, TaskResult } from './executor.js'
import type { BoundHandler } from './handler.js'
import { TaskContext } from './handler-context.js'
import { Intake, type QueueOptions } from './intake.js'
import { resultOf } from './payload.js'
import { taskScope } from './task-scope.js'
import { UnsettledTasks } from './unsettled-tasks.js'

// As they were before a handler, or a test with fake timers, could replace them.
const { queueMicrotask, setImmediate } = globalThis

/** After this much uninterrupted work, in milliseconds, timers and sockets get their turn. */
const SLICE_MS = 5
/** Handlers that go on in microtasks get their turn after so many others have started, so that their work counts in the slice. */
const STARTS_IN_A_ROW = 16

interface QueuedTask {
  readonly task: Task
  /** Holds every `AsyncLocalStorage` as it was when the task was submitted. */
  readonly context: AsyncResource
}

/**
 * Runs tasks on the event loop of its own realm: local links in the main realm, a pool's tasks in a worker.
 *
 * Tasks start in order, in a later microtask than the one that submitted them, at most `concurrency` at a time. A slot is
 * taken until the handler has returned, also when the task was settled before by a timeout or a cancellation.
 */
export class LocalRunner {
  readonly #mode: ExecutionMode
  readonly #concurrency: number
  readonly #queue = new Backlog<QueuedTask>(
    ({ task }) => task.isSettled,
    ({ task }) => {
      this.#discard(task)
    },
  )
  readonly #runs = new Map<Task, TaskRun>()
  readonly #unsettled = new UnsettledTasks()
  /** Tasks whose handler has been started and that have no outcome yet. */
  #started = 0
  readonly #intake: Intake | undefined
  #scheduled = false
  #sliceStart: number | undefined

  /**
   * @param concurrency how many handlers may be under way at once
   * @param queue how much may wait; by default, any amount
   */
  constructor(mode: ExecutionMode, concurrency: number, queue: QueueOptions = {}) {
    this.#mode = mode
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
          for (const task of tasks) this.#unsettled.add(task, undefined)
        },
        forget: (task) => {
          this.#unsettled.delete(task)
          this.#queue.died()
        },
        isRunning: (task) => this.#runs.has(task),
        running: () => this.#runs.size,
        canStart: () => this.#runs.size < this.#concurrency && this.#queue.peek() !== undefined,
      },
    )
  }

  get queued(): number {
    return this.#unsettled.size - this.#started
  }

  get running(): number {
    return this.#runs.size
  }

  /**
   * @param emittedBy the task whose handler emits these, where one does
   * @returns a promise of their admission, where they have to wait for it
   * @throws QueueFullError
   */
  submit(tasks: readonly Task[], emittedBy?: Task): Promise<void> | undefined {
    if (this.#intake) return this.#intake.submit(tasks, emittedBy)
    this.#take(tasks)
    return undefined
  }

  #take(tasks: readonly Task[]): void {
    // AsyncLocalStorage.snapshot() does the same at a hundred times the cost.
    const context = new AsyncResource('eventlane.tasks', { requireManualDestroy: true })
    for (const task of tasks) {
      this.#unsettled.add(task, undefined)
      if (task.gate === undefined) this.#queue.push({ task, context })
      else
        task.gate.whenOpen(() => {
          this.#queue.push({ task, context })
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
    const run = this.#runs.get(task)
    if (run === undefined) {
      this.#unsettled.delete(task)
      this.#queue.died()
      this.#intake?.left(task)
      this.#intake?.roomFreed()
    } else {
      run.abort(reason)
      this.#settled(task)
    }
  }

  /** Resolves when every task has its outcome. */
  idle(): Promise<void> {
    return this.#unsettled.none()
  }

  /** Cancels everything that has no outcome yet, and aborts the signals of whatever still runs. */
  terminate(reason: unknown): void {
    this.#unsettled.cancel(reason)
    this.#intake?.close()
    this.#started = 0
    for (const { task } of this.#queue.clear()) task.released()
    for (const run of this.#runs.values()) run.abort(reason)
  }

  #discard(task: Task): void {
    this.#unsettled.delete(task)
    this.#intake?.left(task)
    task.released()
  }

  /** A task that has been started has its outcome; said again when a late result comes. */
  #settled(task: Task): void {
    if (this.#unsettled.delete(task)) this.#started -= 1
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => this.#startTasks())
  }

  #startTasks(): void {
    this.#scheduled = false
    this.#startWhatMay()
    this.#intake?.roomFreed()
  }

  #startWhatMay(): void {
    const sliceStart = (this.#sliceStart ??= this.#beginSlice())
    for (let started = 0; this.#runs.size < this.#concurrency && this.#queue.size > 0; started += 1) {
      if (performance.now() - sliceStart > SLICE_MS) {
        this.#scheduled = true
        setImmediate(() => this.#startTasks())
        return
      }
      if (started === STARTS_IN_A_ROW) {
        this.#schedule()
        return
      }
      const queued = this.#queue.shift()
      if (queued === undefined) return
      const { task, context } = queued
      this.#intake?.left(task)
      if (task.begin()) {
        context.runInAsyncScope(() => {
          this.#start(task)
        })
      } else {
        this.#discard(task)
      }
    }
  }

  #beginSlice(): number {
    setImmediate(() => (this.#sliceStart = undefined))
    return performance.now()
  }

  #start(task: Task): void {
    const run = new TaskRun(task, this.#mode, () => {
      this.#settled(task)
    })
    this.#started += 1
    this.#runs.set(task, run)
    const returned = run.start()
    if (returned === undefined) {
      this.#returned(task)
    } else {
      void returned.then(() => {
        this.#returned(task)
        this.#schedule()
      })
    }
  }

  #returned(task: Task): void {
    this.#runs.delete(task)
    task.released()
  }
}

/** One call of a handler, from its payload's decoding to its outcome. */
class TaskRun {
  readonly #task: Task
  readonly #mode: ExecutionMode
  readonly #onSettled: () => void
  readonly #startedAt = performance.now()
  #context: TaskContext | undefined
  #aborted: { readonly reason: unknown } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(task: Task, mode: ExecutionMode, onSettled: () => void) {
    this.#task = task
    this.#mode = mode
    this.#onSettled = onSettled
  }

  /** Calls the handler; the promise, if there is one, resolves when the handler has returned. */
  start(): Promise<void> | undefined {
    const { timeoutMs, event, label } = this.#task
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(() => {
        const error = new HandlerTimeoutError(timeoutMs, event, label)
        this.#settle({ status: 'rejected', error })
        this.abort(error)
      }, timeoutMs)
    }
    try {
      const bound = this.#task.resolve()
      if (bound instanceof Promise) return this.#finishLater(bound.then((resolved) => this.#call(resolved)))
      const result = this.#call(bound)
      if (isThenable(result)) return this.#finishLater(result)
      this.#fulfil(result)
    } catch (error) {
      this.#settle({ status: 'rejected', error })
    }
    return undefined
  }

  abort(reason: unknown): void {
    clearTimeout(this.#timer)
    this.#aborted ??= { reason }
    this.#context?.abort(reason)
  }

  #call({ handler, receiver }: BoundHandler): unknown {
    const payload = this.#task.payload.read()
    const context = new TaskContext(this.#task, payload, this.#mode)
    this.#context = context
    if (this.#aborted) context.abort(this.#aborted.reason)
    return taskScope.run(this.#task, () => handler.call(receiver, payload as never, context))
  }

  async #finishLater(result: PromiseLike<unknown>): Promise<void> {
    try {
      this.#fulfil(await result)
    } catch (error) {
      this.#settle({ status: 'rejected', error })
    }
  }

  #fulfil(value: unknown): void {
    const { payload, event, label } = this.#task
    const result = resultOf(value, payload.passage, event, label)
    this.#settle({ status: 'fulfilled', result })
  }

  #settle(result: Extract<TaskResult, { readonly runMs?: number }>): void {
    clearTimeout(this.#timer)
    this.#task.settle({ ...result, runMs: performance.now() - this.#startedAt })
    this.#onSettled()
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
