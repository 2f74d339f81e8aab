import {
  EmitterClosedError,
  mapTasks,
  NestedExecutorError,
  PoolBrokenError,
  runTask,
  type AnyHandler,
  type ExecutionMode,
  type Executor,
  type ExecutorCapabilities,
  type ExecutorStats,
  type HandlerAddress,
  type MapItems,
  type MapOptions,
  type Outcome,
  type ResultOfHandler,
  type RunArguments,
  type TaskHandle,
  type TaskResults,
} from '@eventlane/core'
import { Intake, isImportingHandlers, realmKind, TaskQueue, type Task } from '@eventlane/core/executor'
import { HandlerLookups } from './handler-lookups.js'
import type { PrepareFailures } from '../lane/lane-lookups.js'
import { Lane, type LaneObserver } from '../lane/lane.js'
import { PoolHandlers, type PoolHandler } from './pool-handler.js'
import type { ResolvedPoolOptions } from './pool-options.js'
import type { PoolTask } from './pool-task.js'
import type { WorkerKind } from '../lane/pool-worker.js'
import { PoolTotals } from './pool-totals.js'
import { StartBackoff } from './start-backoff.js'
import { UnsettledTasks } from './unsettled-tasks.js'
import { checkWorkerEntry } from './worker-entry.js'
import { WorkQueue } from './work-queue.js'

/** After so many failed starts in a row, tasks are not kept waiting for the next. */
const MAX_START_ATTEMPTS = 3

/** How often lanes in which tasks wait are looked at, in milliseconds, whether a handler holds them up. */
const WATCH_MS = 10

/** Tasks of one submission, which wait until all of their handlers have been found in a worker. */
interface Submission {
  readonly tasks: readonly PoolTask[]
  isPrepared: boolean
  /** Its tasks are in the queue, but for those that are held back. */
  isQueued: boolean
}

interface LaneWaiter {
  readonly use: (lane: Lane) => void
  readonly reject: (error: unknown) => void
}

/**
 * An executor on a pool of workers, with one lane each. Workers are started when there is work for them, and
 * replaced when they end; an idle pool lets the program end.
 */
export class WorkerPool implements Executor {
  readonly mode: ExecutionMode
  readonly capabilities: ExecutorCapabilities = {
    isolated: true,
    portable: true,
    killsRunning: true,
    order: true,
    backpressure: true,
  }
  readonly #kind: WorkerKind
  readonly #options: ResolvedPoolOptions
  readonly #lanes = new Set<Lane>()
  readonly #submissions = new TaskQueue<Submission>()
  readonly #queue: WorkQueue
  readonly #unsettled = new UnsettledTasks()
  readonly #totals = new PoolTotals()
  /** Unsettled tasks that lanes have. */
  #inLanes = 0
  readonly #handlers = new PoolHandlers()
  readonly #lookups = new HandlerLookups(
    (addresses) => this.#onFreeLane((lane) => lane.prepare(addresses)),
    () => this.#isClosed,
  )
  readonly #laneWaiters: LaneWaiter[] = []
  readonly #observer: LaneObserver = {
    totals: this.#totals,
    free: (lane) => {
      this.#laneIsFree(lane)
    },
    asleep: () => {
      this.#dispatch()
    },
    settled: (task) => {
      this.#settled(task)
    },
    lost: (lane, notStarted, startError) => {
      this.#laneIsLost(lane, notStarted, startError)
    },
  }
  readonly #intake: Intake | undefined
  #workersLost = 0
  readonly #starts = new StartBackoff()
  #retryTimer: NodeJS.Timeout | undefined
  #watchTimer: NodeJS.Timeout | undefined
  #patienceTimer: NodeJS.Timeout | undefined
  #hasEntry = false
  #isClosed = false
  #isTerminated = false
  #shutdown: Promise<void> | undefined

  /**
   * @param kind what the workers are, and what they run
   * @param options from `resolvePoolOptions`
   */
  constructor(kind: WorkerKind, options: ResolvedPoolOptions) {
    this.#kind = kind
    this.#options = options
    this.#queue = new WorkQueue(options.workers > 1, ({ task }) => {
      this.#discard(task)
    })
    if (options.maxQueue < Number.POSITIVE_INFINITY) {
      this.#intake = new Intake(options, {
        waiting: () => this.#waiting(),
        take: (tasks) => {
          this.#take(tasks)
        },
        park: (tasks) => {
          tasks.forEach(this.#poolTask)
        },
        forget: (task) => {
          this.#settled(task)
          this.#queue.died()
        },
        isRunning: (task) => this.#unsettled.get(task)?.lane !== undefined,
        running: () => this.#running(),
        canStart: () =>
          this.#running() < options.workers * options.concurrency && this.#queue.peek() !== undefined,
      })
    }
    this.mode = `separate-${kind.kind}${options.concurrency > 1 ? '-async' : ''}`
  }

  /**
   * Runs one handler, without an event and an emitter; see {@link runTask}.
   *
   * @param handler a function with an address: defined with `defineHandler`, or a decorated static method
   * @param rest the payload, left out for a handler that takes none, and `RunOptions`
   * @returns a handle: await it for what the handler returns
   * @throws what {@link runTask} throws; nothing has happened then
   * @example
   * ```ts
   * import { defineHandler } from '@eventlane/core'
   * import { ThreadExecutor } from '@eventlane/executor-thread'
   *
   * export const score = defineHandler(import.meta.url, function score(total: number) {
   *   return total / 100
   * })
   *
   * await using executor = new ThreadExecutor()
   * console.log(await executor.run(score, 4999, { timeoutMs: 500 }))
   * ```
   */
  run<Function extends AnyHandler>(
    handler: Function,
    ...rest: RunArguments<Function>
  ): TaskHandle<ResultOfHandler<Function>> {
    return runTask(this, handler, ...rest)
  }

  /**
   * Runs one handler for each item, lazily; see {@link mapTasks}.
   *
   * @param handler a function with an address: defined with `defineHandler`, or a decorated static method
   * @param items payloads, from any iterable or async iterable
   * @param options see {@link MapOptions}
   * @returns an async iterator of the results, or with `outcomes` of the outcomes
   * @throws what {@link mapTasks} throws
   * @example
   * ```ts
   * import { defineHandler } from '@eventlane/core'
   * import { ThreadExecutor } from '@eventlane/executor-thread'
   *
   * export const square = defineHandler(import.meta.url, function square(side: number) {
   *   return side * side
   * })
   *
   * await using executor = new ThreadExecutor()
   * for await (const area of executor.map(square, [1, 2, 3], { concurrency: 2 })) console.log(area)
   * ```
   */
  map<Function extends AnyHandler>(
    handler: Function,
    items: MapItems<Function>,
    options: MapOptions & { readonly outcomes: true },
  ): TaskResults<Outcome<ResultOfHandler<Function>>>
  map<Function extends AnyHandler>(
    handler: Function,
    items: MapItems<Function>,
    options?: MapOptions & { readonly outcomes?: false },
  ): TaskResults<ResultOfHandler<Function>>
  map(handler: AnyHandler, items: MapItems<AnyHandler>, options?: MapOptions): TaskResults<unknown> {
    return mapTasks(this, handler, items, options as MapOptions & { readonly outcomes?: false })
  }

  async prepare(addresses: readonly HandlerAddress[]): Promise<void> {
    this.#checkUsable()
    while (this.#lanes.size < this.#options.workers) this.#addLane()
    await Promise.all([...this.#lanes].map((lane) => this.#prepareLane(lane, addresses)))
  }

  submit(tasks: readonly Task[], emittedBy?: Task, overflow?: 'wait'): Promise<void> | undefined {
    this.#checkUsable(tasks[0]?.event)
    if (this.#intake) return this.#intake.submit(tasks, emittedBy, overflow)
    this.#take(tasks)
    return undefined
  }

  reserve(tasks: readonly Task[]): () => void {
    this.#checkUsable(tasks[0]?.event)
    return this.#intake?.reserve(tasks) ?? (() => undefined)
  }

  resubmit(task: Task): void {
    if (this.#isTerminated) throw new EmitterClosedError('the executor has been terminated', task.event)
    this.#take([task])
  }

  #take(tasks: readonly Task[]): void {
    const held = tasks.map(this.#poolTask)
    if (this.#submissions.size === 0 && held.every(this.#mayQueue)) {
      for (const task of held) this.#queue.push(task)
      this.#dispatch()
    } else this.#submit(held)
  }

  /** Whether nothing keeps a task from the queue. */
  readonly #mayQueue = (task: PoolTask): boolean => !task.isHeldBack && this.#isFound(task.handler)

  #submit(tasks: readonly PoolTask[]): void {
    const submission: Submission = {
      tasks,
      isPrepared: false,
      isQueued: false,
    }
    for (const held of tasks) {
      // In the order of the tasks, whatever their handlers' modules take to import.
      held.task.gate?.whenOpen(() => {
        held.isHeldBack = false
        if (submission.isQueued) this.#enqueue(held)
      })
    }
    if (this.#options.workers === 1) this.#submissions.push(submission)
    const unknown = tasks.filter(({ handler }) => !this.#isFound(handler))
    if (unknown.length === 0) this.#prepared(submission)
    else
      void this.#find(unknown).then(() => {
        this.#prepared(submission)
      })
  }

  /** What the pool knows of a task; a task that was parked before is known already. */
  readonly #poolTask = (task: Task): PoolTask => {
    const known = this.#unsettled.get(task)
    if (known !== undefined) return known
    const { address } = task
    // Emitters keep local handlers from executors that are isolated.
    if (address === undefined)
      throw new TypeError(`a local handler was given to a worker pool: ${task.label}`)
    return this.#unsettled.add(task, this.#handlers.at(address))
  }

  #isFound(handler: PoolHandler): boolean {
    return (handler.isFound ||= this.#lookups.isFound(handler.key))
  }

  cancel(task: Task, reason: unknown): void {
    const known = this.#unsettled.get(task)
    if (known?.lane === undefined) this.#queue.died()
    else known.lane.cancel(known, reason)
    this.#settled(task)
    this.#intake?.left(task)
    this.#intake?.roomFreed()
  }

  stats(): ExecutorStats {
    const { workersStarted, workerMs, bytesSent, bytesReceived } = this.#totals
    const { counts, busyMs } = this.#unsettled.meter.totals(this.#intake?.dropped)
    const slotMs = workerMs * this.#options.concurrency
    return {
      queued: this.#waiting(),
      running: this.#running(),
      workers: this.#lanes.size,
      workersLost: this.#workersLost,
      workersStarted,
      workerMs,
      counts,
      busyMs,
      utilisation: slotMs === 0 ? 0 : Math.min(1, busyMs / slotMs),
      bytesSent,
      bytesReceived,
    }
  }

  drain(): Promise<void> {
    return this.#unsettled.none()
  }

  shutdown(): Promise<void> {
    this.#isClosed = true
    return (this.#shutdown ??= this.#unsettled.none().then(() => this.#stopLanes()))
  }

  async terminate(): Promise<void> {
    this.#isClosed = true
    this.#isTerminated = true
    this.#unsettled.cancel(new Error('the executor was terminated'))
    this.#intake?.close()
    for (const { task } of this.#queue.clear()) task.released()
    for (const lane of this.#lanes) lane.kill('was terminated')
    this.#shutdown ??= this.#stopLanes()
    await this.#shutdown
  }

  /** Shuts it down, as {@link shutdown} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  /** Handlers that are under way, as far as one can tell from here: the first tasks of each lane. */
  #running(): number {
    let running = 0
    for (const { load } of this.#lanes) running += Math.min(load, this.#options.concurrency)
    return running
  }

  /** Unsettled tasks whose handler has not started, in lanes too. */
  #waiting(): number {
    return this.#unsettled.size - Math.min(this.#inLanes, this.#running())
  }

  async #stopLanes(): Promise<void> {
    clearTimeout(this.#retryTimer)
    clearTimeout(this.#watchTimer)
    clearTimeout(this.#patienceTimer)
    const closed = new EmitterClosedError('the executor has been shut down')
    for (const { reject } of this.#laneWaiters.splice(0)) reject(closed)
    await Promise.all([...this.#lanes].map((lane) => lane.stop()))
  }

  #checkUsable(event?: string): void {
    if (this.#isClosed) throw new EmitterClosedError('the executor has been shut down', event)
    if (!this.#hasEntry) {
      checkWorkerEntry(this.#kind)
      this.#hasEntry = true
    }
    if (realmKind() === 'main') return
    if (isImportingHandlers()) {
      throw new NestedExecutorError(
        'a pool was used while a worker was importing a handler module, and would have started workers without end',
        'guard the main code of that module with `if (isMainRealm) { … }`, or keep handlers in a module of their own',
      )
    }
    if (!this.#options.allowNested) {
      throw new NestedExecutorError(
        'a pool was used inside a worker of another pool',
        "emit through the handler's context, context.emit(…), which goes to the pool outside; or pass { allowNested: true }",
      )
    }
  }

  #addLane(): Lane {
    const lane = new Lane(this.#kind, this.mode, this.#options, this.#handlers, this.#observer)
    this.#lanes.add(lane)
    this.#totals.workerStarted(lane)
    return lane
  }

  async #prepareLane(lane: Lane, addresses: readonly HandlerAddress[]): Promise<void> {
    await this.#wake(lane)
    await this.#lookups.ensure(addresses, async (group) => {
      if (!this.#lanes.has(lane)) {
        // A handler ended it meanwhile.
        const [other] = this.#lanes
        lane = this.#lanes.size < this.#options.workers ? this.#addLane() : (other ?? this.#addLane())
        await this.#wake(lane)
      }
      return lane.prepare(group)
    })
  }

  async #wake(lane: Lane): Promise<void> {
    try {
      await lane.wake()
    } catch (error) {
      throw new PoolBrokenError(this.#kind.kind, 1, error)
    }
  }

  /** Has workers look for the handlers of tasks; tasks whose handler is not there are rejected. */
  async #find(tasks: readonly PoolTask[]): Promise<void> {
    const failures = await this.#lookups.find(tasks.map(({ handler }) => handler.address))
    for (const { task, handler } of tasks)
      if (failures.has(handler.key)) this.#reject(task, failures.get(handler.key))
  }

  /** Uses a lane that has a free slot, before any task can take it. */
  #onFreeLane(use: (lane: Lane) => Promise<PrepareFailures>): Promise<PrepareFailures> {
    const free = this.#leastLoaded(Number.POSITIVE_INFINITY)
    if (free) return use(free)
    return new Promise((resolve, reject) => {
      const useLane = (lane: Lane): void => {
        use(lane).then(resolve, reject)
      }
      this.#laneWaiters.push({ use: useLane, reject })
      this.#wakeLanes(this.#laneWaiters.length)
    })
  }

  /** With one worker, submissions become tasks in the order in which they came; with more, none waits for another. */
  #prepared(submission: Submission): void {
    submission.isPrepared = true
    if (this.#options.workers > 1) this.#enqueueAll(submission)
    else {
      for (let next = this.#submissions.peek(); next?.isPrepared; next = this.#submissions.peek()) {
        this.#submissions.shift()
        this.#enqueueAll(next)
      }
    }
    this.#dispatch()
  }

  #enqueueAll(submission: Submission): void {
    submission.isQueued = true
    for (const task of submission.tasks) if (!task.isHeldBack) this.#queue.push(task)
  }

  #enqueue(task: PoolTask): void {
    this.#queue.push(task)
    this.#dispatch()
  }

  #dispatch(): void {
    this.#handOver()
    this.#intake?.roomFreed()
  }

  #handOver(): void {
    for (;;) {
      const isReserved = this.#reservesLastWorker()
      const next = this.#queue.peek(isReserved)
      if (next === undefined) return
      const { task, handler } = next
      const lane = this.#leastLoaded(handler.estimateMs)
      if (lane === undefined) {
        this.#wakeLanes(this.#queue.size)
        return
      }
      this.#queue.shift(isReserved)
      this.#intake?.left(task)
      if (task.begin()) {
        next.lane = lane
        this.#inLanes += 1
        lane.run(next)
        if (lane.isWaiting) this.#watchLanes()
      } else {
        this.#discard(task)
      }
    }
  }

  /** Whether the only worker that is not busy for long is left to quick handlers, for now. */
  #reservesLastWorker(): boolean {
    const patienceMs = this.#queue.patienceMs()
    if (patienceMs === 0) return false
    let left = this.#options.workers
    for (const lane of this.#lanes) if (lane.isLong) left -= 1
    if (left > 1) return false
    this.#patienceTimer ??= setTimeout(() => {
      this.#patienceTimer = undefined
      this.#dispatch()
    }, patienceMs)
    return true
  }

  /** While tasks wait in lanes, moves those that a handler holds up to workers that are free. */
  #watchLanes(): void {
    if (this.#watchTimer !== undefined || this.#options.workers === 1) return
    this.#watchTimer = setTimeout(() => {
      this.#watchTimer = undefined
      for (const lane of this.#lanes) this.#takeBack(lane.relieve())
      this.#dispatch()
      if ([...this.#lanes].some((lane) => lane.isWaiting)) this.#watchLanes()
    }, WATCH_MS)
  }

  /** Tasks that were in a lane and have not started come first. */
  #takeBack(tasks: readonly PoolTask[]): void {
    for (const poolTask of tasks) {
      if (poolTask.isUnsettled) this.#inLanes -= 1
      poolTask.lane = undefined
    }
    this.#queue.unshift(tasks)
  }

  /** A task has its outcome, and will not start. */
  #discard(task: Task): void {
    this.#settled(task)
    this.#intake?.left(task)
    task.released()
  }

  /** A task has its outcome; said again when a late result comes. */
  #settled(task: Task): void {
    if (this.#unsettled.delete(task)?.lane) this.#inLanes -= 1
  }

  /** Of the lanes that have room for a task with that estimate of its run time, the one with the fewest tasks. */
  #leastLoaded(estimateMs: number): Lane | undefined {
    let best: Lane | undefined
    for (const lane of this.#lanes) {
      if ((best === undefined || lane.load < best.load) && lane.hasRoom(estimateMs)) best = lane
    }
    return best
  }

  /** Opens lanes until as many are opening as are wanted, or all are open. */
  #wakeLanes(wanted: number): void {
    if (this.#retryTimer) return
    let opening = 0
    for (const lane of this.#lanes) if (lane.isOpening) opening += 1
    for (const lane of this.#lanes) {
      if (opening >= wanted) return
      if (!lane.isAsleep) continue
      void lane.wake()
      opening += 1
    }
    while (opening < wanted && this.#lanes.size < this.#options.workers) {
      void this.#addLane().wake()
      opening += 1
    }
  }

  #laneIsFree(lane: Lane): void {
    this.#starts.succeeded()
    if (lane.hasRoom(Number.POSITIVE_INFINITY)) this.#laneWaiters.shift()?.use(lane)
    this.#dispatch()
  }

  #laneIsLost(lane: Lane, notStarted: readonly PoolTask[], startError: Error | undefined): void {
    this.#lanes.delete(lane)
    this.#totals.workerEnded(lane)
    if (this.#isClosed && this.#unsettled.size === 0) {
      for (const { task } of notStarted) task.released()
      return
    }
    this.#workersLost += 1
    this.#takeBack(notStarted)
    if (startError) this.#startFailed(startError)
    else this.#restart()
  }

  #restart(): void {
    if (this.#isClosed && this.#unsettled.size === 0) return
    if (this.#laneWaiters.length > 0) this.#wakeLanes(this.#laneWaiters.length)
    this.#dispatch()
  }

  #startFailed(error: Error): void {
    // Workers that were started together count as one attempt.
    if (this.#retryTimer === undefined) {
      this.#starts.failed()
      this.#retryTimer = setTimeout(() => {
        this.#retryTimer = undefined
        this.#restart()
      }, this.#starts.delayMs)
      // Tasks that wait for it keep the program alive.
      this.#retryTimer.unref()
    }
    const { failures } = this.#starts
    if (failures < MAX_START_ATTEMPTS) return
    const broken = new PoolBrokenError(this.#kind.kind, failures, error)
    for (const { reject } of this.#laneWaiters.splice(0)) reject(broken)
    if ([...this.#lanes].some((lane) => lane.isOpen)) return
    for (const { task } of this.#queue.clear()) {
      this.#reject(task, broken)
      task.released()
    }
  }

  #reject(task: Task, error: unknown): void {
    task.settle({ status: 'rejected', error })
    this.#settled(task)
  }
}
