import type { AsyncResource } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import type { Chained } from './chain.js'
import { HandlerTimeoutError } from '../errors/errors.js'
import type { ExecutionMode, Task } from './executor.js'
import type { BoundHandler } from '../handler/handler.js'
import { TaskContext } from '../handler/handler-context.js'
import { resultOf, type Payload } from '../payload/payload.js'
import { taskScope } from './task-scope.js'

/** Where a task's run is noted on the task itself: looking it up in a map costs more than all else that is done for it. */
const RUN = Symbol('run')

interface NotedTask extends Task {
  [RUN]?: TaskRun
}

/** The run of a task, where its runner is the one that observes so. */
export function runOf(task: NotedTask, observer: TaskRunObserver): TaskRun | undefined {
  const run = task[RUN]
  return run?.observer === observer ? run : undefined
}

/** The runner of runs. */
export interface TaskRunObserver {
  readonly mode: ExecutionMode
  /** Whether nobody but the emitter and the handlers sees the payloads of its tasks. */
  readonly isOnlyReader: boolean
  /**
   * The time, by `performance.now()`, where no handler has run since it was read: a handler starts when the one before it has
   * returned.
   */
  now: number | undefined
  /** The handler's task has its outcome. */
  settled(run: TaskRun): void
  /** The handler has returned, and not at once. */
  returnedLater(run: TaskRun): void
}

/** One task in a runner, with the one call of its handler: from its payload's decoding to its outcome. */
export class TaskRun implements Chained<TaskRun> {
  readonly task: Task
  /** Holds every `AsyncLocalStorage` as it was when the task was submitted. */
  asyncContext: AsyncResource | undefined
  previous: TaskRun | undefined
  next: TaskRun | undefined
  /** Whether the runner counts its task among those that have no outcome. */
  isUnsettled = true
  /** Whether the handler has been called and has not returned. */
  isRunning = false
  readonly observer: TaskRunObserver
  #startedAt = 0
  #context: TaskContext | undefined
  #aborted: { readonly reason: unknown } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(task: NotedTask, observer: TaskRunObserver) {
    this.task = task
    this.observer = observer
    task[RUN] = this
  }

  /**
   * Calls the handler.
   *
   * @returns whether it has returned
   */
  start(now: number): boolean | undefined {
    this.#startedAt = now
    if (this.task.timeoutMs !== undefined) this.#limit(this.task.timeoutMs)
    return (this.task.scope ?? this.asyncContext)?.runInAsyncScope(this.#begin, this)
  }

  abort(reason: unknown): void {
    clearTimeout(this.#timer)
    this.#aborted ??= { reason }
    this.#context?.abort(reason)
  }

  #limit(timeoutMs: number): void {
    this.#timer = setTimeout(() => {
      const error = new HandlerTimeoutError(timeoutMs, this.task.event, this.task.label)
      this.#reject(error)
      this.abort(error)
    }, timeoutMs)
  }

  #begin(): boolean {
    try {
      const bound = this.task.resolve()
      const result =
        bound instanceof Promise ? bound.then((resolved) => this.#call(resolved)) : this.#call(bound)
      if (isThenable(result)) {
        this.#endLater(result)
        return false
      }
      this.#fulfil(result)
    } catch (error) {
      this.#reject(error)
    }
    return true
  }

  #call({ handler, receiver }: BoundHandler): unknown {
    const { payload: source } = this.task
    const payload = this.observer.isOnlyReader ? source.take() : source.read()
    const context = new TaskContext(this.task, payload, this.observer.mode)
    this.#context = context
    if (this.#aborted) context.abort(this.#aborted.reason)
    // Before Node.js 24, every promise of a program is slower from the first use of an AsyncLocalStorage.
    if (this.task.isForeign) return handler.call(receiver, payload as never, context)
    return taskScope.run(this.task, () => handler.call(receiver, payload as never, context))
  }

  #endLater(result: PromiseLike<unknown>): void {
    // One promise less than an async function would take.
    void Promise.resolve(result).then(
      (value) => {
        this.#fulfil(value)
        this.observer.returnedLater(this)
      },
      (error: unknown) => {
        this.#reject(error)
        this.observer.returnedLater(this)
      },
    )
  }

  #fulfil(value: unknown): void {
    const { payload, event, label } = this.task
    let result: Payload
    try {
      result = resultOf(value, payload.passage, event, label)
    } catch (error) {
      this.#reject(error)
      return
    }
    const endedAt = this.#end()
    this.task.settle({ status: 'fulfilled', result, runMs: endedAt - this.#startedAt, endedAt })
    this.observer.settled(this)
  }

  #reject(error: unknown): void {
    const endedAt = this.#end()
    this.task.settle({ status: 'rejected', error, runMs: endedAt - this.#startedAt, endedAt })
    this.observer.settled(this)
  }

  #end(): number {
    clearTimeout(this.#timer)
    return (this.observer.now = performance.now())
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    'then' in value &&
    typeof value.then === 'function'
  )
}
