import {
  addressKey,
  Backlog,
  EmitterClosedError,
  Intake,
  isImportingHandlers,
  NestedExecutorError,
  PoolBrokenError,
  realmKind,
  TaskQueue,
  UnsettledTasks,
  type ExecutionMode,
  type Executor,
  type ExecutorCapabilities,
  type ExecutorStats,
  type HandlerAddress,
  type Task,
} from '@eventlane/core'
import { HandlerLookups } from './handler-lookups.js'
import type { PrepareFailures } from './lane-lookups.js'
import { Lane, type LaneObserver } from './lane.js'
import type { ResolvedPoolOptions } from './pool-options.js'
import type { WorkerKind } from './pool-worker.js'
import { StartBackoff } from './start-backoff.js'

/** After so many failed starts in a row, tasks are not kept waiting for the next. */
const MAX_START_ATTEMPTS = 3

/** A handler that has not been measured counts as long, in milliseconds: nothing waits behind it. */
const UNMEASURED_MS = 60_000

/** Tasks of one submission, which wait until all of their handlers have been found in a worker. */
interface Submission {
  readonly tasks: readonly AddressedTask[]
  isPrepared: boolean
  /** Its tasks are in the queue, but for those that are held back. */
  isQueued: boolean
}

interface AddressedTask {
  readonly task: Task
  readonly address: HandlerAddress
  readonly key: string
  /** Its gate has not let it through yet. */
  isHeld: boolean
}

interface LaneWaiter {
  readonly use: (lane: Lane) => void
  readonly reject: (error: unknown) => void
}

/**
 * An executor on a pool of workers, with one {@link Lane} each. Workers are started when there is work for them, and
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
  readonly #queue = new Backlog<AddressedTask>(
    ({ task }) => task.isSettled,
    ({ task }) => {
      this.#discard(task)
    },
  )
  readonly #unsettled = new UnsettledTasks()
  readonly #laneOf = new Map<Task, Lane>()
  readonly #lookups = new HandlerLookups(
    (addresses) => this.#onFreeLane((lane) => lane.prepare(addresses)),
    () => this.#isClosed,
  )
  /** Estimated run time per handler, in milliseconds. */
  readonly #estimates = new Map<string, number>()
  readonly #laneWaiters: LaneWaiter[] = []
  readonly #observer: LaneObserver = {
    free: (lane) => {
      this.#laneIsFree(lane)
    },
    asleep: () => {
      this.#dispatch()
    },
    ran: (address, runMs) => {
      this.#measure(addressKey(address), runMs)
    },
    settled: (task) => {
      this.#laneOf.delete(task)
      this.#unsettled.delete(task)
    },
    lost: (lane, notStarted, startError) => {
      this.#laneIsLost(lane, notStarted, startError)
    },
  }
  readonly #intake: Intake | undefined
  #workersLost = 0
  readonly #starts = new StartBackoff()
  #retryTimer: NodeJS.Timeout | undefined
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
    if (options.maxQueue < Number.POSITIVE_INFINITY) {
      this.#intake = new Intake(options, {
        waiting: () => this.#waiting(),
        take: (tasks) => {
          this.#take(tasks)
        },
        park: (tasks) => {
          for (const task of tasks) this.#unsettled.add(task)
        },
        forget: (task) => {
          this.#unsettled.delete(task)
          this.#queue.died()
        },
        isRunning: (task) => this.#laneOf.has(task),
        running: () => this.#running(),
        canStart: () =>
          this.#running() < options.workers * options.concurrency && this.#queue.peek() !== undefined,
      })
    }
    this.mode = `separate-${kind.kind}${options.concurrency > 1 ? '-async' : ''}`
  }

  async prepare(addresses: readonly HandlerAddress[]): Promise<void> {
    this.#checkUsable()
    while (this.#lanes.size < this.#options.workers) this.#addLane()
    await Promise.all([...this.#lanes].map((lane) => this.#prepareLane(lane, addresses)))
  }

  submit(tasks: readonly Task[], emittedBy?: Task): Promise<void> | undefined {
    this.#checkUsable(tasks[0]?.event)
    if (this.#intake) return this.#intake.submit(tasks, emittedBy)
    this.#take(tasks)
    return undefined
  }

  resubmit(task: Task): void {
    if (this.#isTerminated) throw new EmitterClosedError('the executor has been terminated', task.event)
    this.#take([task])
  }

  #take(tasks: readonly Task[]): void {
    const submission: Submission = { tasks: tasks.map(addressTask), isPrepared: false, isQueued: false }
    for (const addressed of submission.tasks) {
      this.#unsettled.add(addressed.task)
      // In the order of the tasks, whatever their handlers' modules take to import.
      addressed.task.gate?.whenOpen(() => {
        addressed.isHeld = false
        if (submission.isQueued) this.#enqueue(addressed)
      })
    }
    if (this.#options.workers === 1) this.#submissions.push(submission)
    const unknown = submission.tasks.filter(({ key }) => !this.#lookups.isFound(key))
    if (unknown.length === 0) this.#prepared(submission)
    else
      void this.#find(unknown).then(() => {
        this.#prepared(submission)
      })
  }

  cancel(task: Task, reason: unknown): void {
    const lane = this.#laneOf.get(task)
    if (lane === undefined) this.#queue.died()
    else lane.cancel(task, reason)
    this.#laneOf.delete(task)
    this.#unsettled.delete(task)
    this.#intake?.left(task)
    this.#intake?.roomFreed()
  }

  stats(): ExecutorStats {
    return {
      queued: this.#waiting(),
      running: this.#running(),
      workers: this.#lanes.size,
      workersLost: this.#workersLost,
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
    for (const lane of this.#lanes) lane.kill('was terminated')
    this.#shutdown ??= this.#stopLanes()
    await this.#shutdown
  }

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
    return this.#unsettled.size - Math.min(this.#laneOf.size, this.#running())
  }

  async #stopLanes(): Promise<void> {
    clearTimeout(this.#retryTimer)
    const closed = new EmitterClosedError('the executor has been shut down')
    for (const { reject } of this.#laneWaiters.splice(0)) reject(closed)
    await Promise.all([...this.#lanes].map((lane) => lane.stop()))
  }

  #checkUsable(event?: string): void {
    if (this.#isClosed) throw new EmitterClosedError('the executor has been shut down', event)
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
    const lane = new Lane(this.#kind, this.mode, this.#options, this.#observer)
    this.#lanes.add(lane)
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
  async #find(tasks: readonly AddressedTask[]): Promise<void> {
    const failures = await this.#lookups.find(tasks.map(({ address }) => address))
    for (const { task, key } of tasks) if (failures.has(key)) this.#reject(task, failures.get(key))
  }

  /** Uses a lane that has a free slot, before any task can take it. */
  #onFreeLane(use: (lane: Lane) => Promise<PrepareFailures>): Promise<PrepareFailures> {
    const free = this.#leastLoaded((lane) => lane.hasRoom(UNMEASURED_MS))
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
    for (const task of submission.tasks) if (!task.isHeld) this.#queue.push(task)
  }

  #enqueue(task: AddressedTask): void {
    this.#queue.push(task)
    this.#dispatch()
  }

  #dispatch(): void {
    this.#handOver()
    this.#intake?.roomFreed()
  }

  #handOver(): void {
    for (;;) {
      const next = this.#queue.peek()
      if (next === undefined) return
      const { task, key } = next
      const estimate = this.#estimates.get(key) ?? UNMEASURED_MS
      const lane = this.#leastLoaded((candidate) => candidate.hasRoom(estimate))
      if (lane === undefined) {
        this.#wakeLanes(this.#queue.size)
        return
      }
      this.#queue.shift()
      this.#intake?.left(task)
      if (task.begin()) {
        this.#laneOf.set(task, lane)
        lane.run(task, next.address, estimate)
      } else {
        this.#discard(task)
      }
    }
  }

  /** A task has its outcome and will not start. */
  #discard(task: Task): void {
    this.#unsettled.delete(task)
    this.#intake?.left(task)
    task.released()
  }

  #leastLoaded(isMeant: (lane: Lane) => boolean): Lane | undefined {
    let best: Lane | undefined
    for (const lane of this.#lanes) {
      if (isMeant(lane) && (best === undefined || lane.load < best.load)) best = lane
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
    if (lane.hasRoom(UNMEASURED_MS)) this.#laneWaiters.shift()?.use(lane)
    this.#dispatch()
  }

  #laneIsLost(lane: Lane, notStarted: readonly Task[], startError: Error | undefined): void {
    this.#lanes.delete(lane)
    for (const task of notStarted) this.#laneOf.delete(task)
    if (this.#isClosed && this.#unsettled.size === 0) return
    this.#workersLost += 1
    this.#queue.unshift(notStarted.map(addressTask))
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
    this.#unsettled.delete(task)
  }

  /** Follows a handler's slow runs at once and its fast ones slowly. */
  #measure(key: string, runMs: number): void {
    const before = this.#estimates.get(key) ?? 0
    this.#estimates.set(key, Math.max(runMs, before * 0.8 + runMs * 0.2))
  }
}

function addressTask(task: Task): AddressedTask {
  const { address } = task
  // Emitters keep local handlers from executors that are isolated.
  if (address === undefined) throw new TypeError(`a local handler was given to a worker pool: ${task.label}`)
  return { task, address, key: addressKey(address), isHeld: task.gate !== undefined }
}
