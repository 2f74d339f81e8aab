import {
  HandlerTimeoutError,
  LateEmissionError,
  payloads,
  type ExecutionMode,
  type HandlerAddress,
} from '@eventlane/core'
import {
  classEventModules,
  classEventVersion,
  Payload,
  type Task,
  type TaskResult,
} from '@eventlane/core/executor'
import { HeldTasks } from './held-tasks.js'
import { IdleTimer } from './idle-timer.js'
import { LaneLookups, LookupLostError, type PrepareFailures } from './lane-lookups.js'
import { LaneLoss, type LaneEnding, type LastWords } from './lane-loss.js'
import type { LaneItem, WorkerItem } from '../message/lane-message.js'
import { Outbox } from '../message/outbox.js'
import type { PoolHandler, PoolHandlers } from '../pool/pool-handler.js'
import type { PoolTotals } from '../pool/pool-totals.js'
import { PoolTask, type TaskHolder } from '../pool/pool-task.js'
import { PoolWorker, type OpenLane, type WorkerKind } from './pool-worker.js'
import type { ResolvedPoolOptions } from '../pool/pool-options.js'
import { NO_EXIT, type WorkerExit } from './worker-exit.js'

/** Messages on their way to the worker, before further items wait to travel as one batch. */
const WINDOW = 2
/** An open lane keeps the program alive, so it closes when it has been idle this long, in milliseconds. */
const IDLE_CLOSE_MS = 100

/** What a lane tells its pool. */
export interface LaneObserver {
  /** Where the lane adds up what it sends and receives. */
  readonly totals: PoolTotals
  /** The lane takes tasks, or more of them. */
  free(lane: Lane): void
  /** The lane closed because nothing was left to do; its worker is still there. */
  asleep(lane: Lane): void
  /** A task in the lane has its outcome. */
  settled(task: Task): void
  /** The worker ended. These tasks had certainly not started. `error` is set where the worker had never been ready. */
  lost(lane: Lane, notStarted: readonly PoolTask[], startError: Error | undefined): void
}

/** One worker of a pool: tasks go in, outcomes come back, many of each per message. */
export class Lane implements TaskHolder {
  readonly #kind: WorkerKind
  readonly #mode: ExecutionMode
  readonly #options: ResolvedPoolOptions
  readonly #observer: LaneObserver
  readonly #worker: PoolWorker
  readonly #held: HeldTasks
  readonly #lookups: LaneLookups
  readonly #handlers: PoolHandlers
  #handlerIndexes = new Map<PoolHandler, number>()
  #namedHandlers: PoolHandler[] = []
  readonly #namedClasses = new Set<string>()
  /** Of which state of the class events the worker has heard. */
  #classVersion = 0
  #state: 'asleep' | 'opening' | 'open' | 'closing' | 'lost' = 'asleep'
  #open: OpenLane | undefined
  #outbox: Outbox<LaneItem | PoolTask>
  #timer: NodeJS.Timeout | undefined
  readonly #idleTimer = new IdleTimer(
    IDLE_CLOSE_MS,
    () => this.#isIdle,
    () => {
      this.#close()
    },
  )
  /** How many messages the worker has sent, by now and when that was last looked at. */
  #messages = 0
  #messagesBefore = 0
  /** A handler keeps the worker busy for longer than it was thought to. */
  #isStuck = false
  #wasReady = false
  #ending: LaneEnding | undefined
  #lastWords: LastWords | undefined
  #waking:
    | {
        readonly promise: Promise<void>
        readonly resolve: () => void
        readonly reject: (error: Error) => void
      }
    | undefined
  #onLost: (() => void)[] = []
  #onEmpty: (() => void)[] = []

  constructor(
    kind: WorkerKind,
    mode: ExecutionMode,
    options: ResolvedPoolOptions,
    handlers: PoolHandlers,
    observer: LaneObserver,
  ) {
    this.#kind = kind
    this.#mode = mode
    this.#options = options
    this.#handlers = handlers
    this.#observer = observer
    this.#held = new HeldTasks(options.concurrency)
    this.#worker = new PoolWorker(kind, options, (exit) => {
      this.#lost(exit)
    })
    this.#outbox = new Outbox(() => undefined, WINDOW)
    const { startTimeoutMs } = options
    this.#lookups = new LaneLookups(
      {
        ask: (request, addresses) => {
          const indexes = addresses.map((address) => this.#indexOf(this.#handlers.at(address)))
          this.#outbox.push(['prepare', request, indexes])
        },
        isLate: (addresses) => {
          const modules = addresses.map(({ module }) => module).join(', ')
          const what = `was ended because it did not finish importing ${modules} within ${String(startTimeoutMs)} ms`
          this.#end({ what, isImporting: true })
        },
      },
      startTimeoutMs,
    )
  }

  get isAsleep(): boolean {
    return this.#state === 'asleep'
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  get isOpening(): boolean {
    return this.#state === 'opening'
  }

  /** Whether tasks wait in the lane for others to end. */
  get isWaiting(): boolean {
    return this.#held.isWaiting
  }

  /** Whether the tasks in the lane take so long that none is put behind them. */
  get isLong(): boolean {
    return this.#held.isLong
  }

  /** Tasks in the lane, started or not. */
  get load(): number {
    return this.#held.size
  }

  /** Whether a task with that estimate of its run time may be given to the lane now. */
  hasRoom(estimateMs: number): boolean {
    // A worker that imports modules is left to it: should it end, they are to blame and no task is lost.
    if (this.#state !== 'open' || this.#ending || this.#isStuck || this.#lookups.isUnderWay) return false
    return this.#held.hasRoom(estimateMs)
  }

  /** Opens the lane, starting its worker if need be. The promise rejects when the worker ends before it is ready. */
  wake(): Promise<void> {
    if (this.#state === 'open') return Promise.resolve()
    if (this.#waking === undefined) {
      let resolve = (): void => undefined
      let reject: (error: Error) => void = () => undefined
      const promise = new Promise<void>((resolvePromise, rejectPromise) => {
        resolve = resolvePromise
        reject = rejectPromise
      })
      // The pool hears of a failed start through its observer; whoever waits hears of it here as well.
      promise.catch(() => undefined)
      this.#waking = { promise, resolve, reject }
    }
    if (this.#state === 'asleep') this.#openLane()
    return this.#waking.promise
  }

  /** Hands over a task that {@link hasRoom} has room for. */
  run(task: PoolTask): void {
    this.#held.add(task)
    this.#nameClasses()
    this.#name(task.handler)
    this.#outbox.push(task)
  }

  /**
   * Asks the worker, as soon as it is free, to import the handlers' modules, and which handlers are not there.
   *
   * @throws LookupLostError, in the promise, when the worker ends before it has answered
   */
  prepare(addresses: readonly HandlerAddress[]): Promise<PrepareFailures> {
    if (this.#state === 'lost')
      return Promise.reject(new LookupLostError(this.#loss(NO_EXIT, []).error(), true))
    return this.#lookups.find(addresses, this.hasRoom(Number.POSITIVE_INFINITY))
  }

  cancel(task: PoolTask, reason: unknown): void {
    // The worker has not heard of it and need not.
    if (task.message === undefined) this.#outbox.withdraw((item) => item === task)
    if (!this.#held.takeBack(task)) {
      this.#cancel(task, reason)
      return
    }
    this.#released(task)
    this.#isFree()
  }

  /**
   * Takes back what waits in the lane where its worker has sent nothing since the last call, so that other workers can run it. A
   * process gives nothing back that has left for it, but gets nothing more.
   */
  relieve(): readonly PoolTask[] {
    this.#isStuck = this.#held.isWaiting && this.#messages === this.#messagesBefore
    this.#messagesBefore = this.#messages
    if (!this.#isStuck) return []
    this.#outbox.withdraw((item) => item instanceof PoolTask)
    return this.#held.takeBackAll()
  }

  /** Ends the worker now. */
  kill(what: string): void {
    this.#end({ what })
  }

  #end(ending: LaneEnding): void {
    this.#ending ??= ending
    this.#worker.kill()
    if (this.#state === 'asleep' && !this.#wasReady) this.#lost(NO_EXIT)
  }

  /**
   * Lets the worker finish its output, and handlers that have been cancelled their grace; ends it, and resolves when it is
   * gone.
   */
  async stop(): Promise<void> {
    if (this.#state === 'lost') {
      await this.#worker.finished
      return
    }
    const gone = new Promise<void>((resolve) => this.#onLost.push(resolve))
    this.#stopTimer()
    this.#idleTimer.stop()
    if (this.#state === 'open' && this.#held.size > 0 && !this.#ending) {
      await Promise.race([new Promise<void>((resolve) => this.#onEmpty.push(resolve)), gone])
    }
    if (this.#state === 'open' && !this.#ending) this.#close()
    if (this.#open && this.#state === 'closing') {
      const timer = setTimeout(() => {
        this.kill('was shut down')
      }, this.#options.killGraceMs)
      await Promise.race([this.#open.closed, gone])
      clearTimeout(timer)
    }
    this.kill('was shut down')
    await gone
    await this.#worker.finished
  }

  #openLane(): void {
    this.#state = 'opening'
    this.#handlerIndexes = new Map()
    this.#namedHandlers = []
    this.#namedClasses.clear()
    this.#classVersion = 0
    const { concurrency, loader, startTimeoutMs } = this.#options
    const settings = { mode: this.#mode, concurrency, loader, payloadLimits: payloads.limits }
    const open = this.#worker.open(settings, this.#held.capacity)
    this.#open = open
    this.#held.reopen(open.claims)
    this.#outbox = new Outbox((items) => {
      open.post(items.map((item) => (item instanceof PoolTask ? this.#post(item) : item)))
    }, WINDOW)
    open.onMessage((items) => {
      this.#messages += 1
      this.#isStuck = false
      for (const item of items) this.#receive(item)
      if (this.#state === 'open') this.#isFree()
    })
    void open.closed.then(() => {
      if (this.#state === 'closing') this.#fellAsleep()
      // The worker is there and serves no lane: its entry failed to import.
      else this.#worker.kill()
    })
    this.#timer = setTimeout(() => {
      this.kill(`was ended because it was not ready within ${String(startTimeoutMs)} ms`)
    }, startTimeoutMs)
  }

  #close(): void {
    this.#idleTimer.stop()
    this.#state = 'closing'
    this.#outbox.push(['close'])
    this.#outbox.flush()
    const { startTimeoutMs } = this.#options
    this.#timer = setTimeout(() => {
      const what = `was ended because what a handler left behind kept it busy for ${String(startTimeoutMs)} ms`
      this.kill(what)
    }, startTimeoutMs)
  }

  #fellAsleep(): void {
    this.#stopTimer()
    this.#state = 'asleep'
    this.#open?.close()
    this.#open = undefined
    if (this.#waking) this.#openLane()
    else this.#observer.asleep(this)
  }

  #stopTimer(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  get #isIdle(): boolean {
    return this.#state === 'open' && this.#held.size === 0 && !this.#lookups.isUnderWay
  }

  /** The number under which the worker knows a handler. */
  #indexOf(handler: PoolHandler): number {
    const known = this.#handlerIndexes.get(handler)
    if (known !== undefined) return known
    const { module, name } = handler.address
    const index = this.#namedHandlers.push(handler) - 1
    this.#handlerIndexes.set(handler, index)
    this.#outbox.push(['address', index, module, name])
    return index
  }

  /** Makes sure that the worker knows a handler, and imports its module before it runs it. */
  #name(handler: PoolHandler): void {
    if (this.#handlerIndexes.has(handler)) return
    this.#indexOf(handler)
    // Another worker has found the handler; this one has yet to import its module, which may take for ever all the same.
    if (!this.#lookups.hasAsked(handler.address.module))
      this.#lookups.find([handler.address], true).catch(() => undefined)
  }

  /** The worker hears where classes are defined, before tasks that may hold their instances. */
  #nameClasses(): void {
    if (this.#classVersion === classEventVersion()) return
    this.#classVersion = classEventVersion()
    for (const { name, module } of classEventModules()) {
      if (this.#namedClasses.has(name)) continue
      this.#namedClasses.add(name)
      this.#outbox.push(['class', name, module])
    }
  }

  /** A task leaves for the worker. */
  #post(held: PoolTask): LaneItem {
    this.#held.posted(held, this.#outbox.sent)
    const { id, handler, task } = held
    const { event, emissionId, payload, parentId, attempt, timeoutMs, metadata } = task
    const index = this.#indexOf(handler)
    const { text } = payload
    this.#observer.totals.sent(text)
    if (attempt === 1 && timeoutMs === undefined && parentId === undefined && metadata === undefined)
      return ['task', id, index, event, emissionId, text]
    const announce = timeoutMs === undefined ? 0 : 1
    const parent = parentId ?? null
    return ['task', id, index, event, emissionId, text, attempt, announce, parent, metadata?.text ?? null]
  }

  #receive(item: WorkerItem): void {
    switch (item[0]) {
      case 'ready':
        this.#stopTimer()
        this.#state = 'open'
        this.#wasReady = true
        this.#waking?.resolve()
        this.#waking = undefined
        return
      case 'receipt':
        this.#outbox.received()
        return
      case 'started': {
        const held = this.#held.get(item[1])
        if (held) this.#started(held)
        return
      }
      case 'fulfilled':
        this.#observer.totals.received(item[2])
        this.#ended(item[1], { status: 'fulfilled', result: Payload.encoded(item[2]), runMs: item[3] })
        return
      case 'rejected':
        this.#ended(item[1], { status: 'rejected', error: payloads.decodeThrown(item[2]), runMs: item[3] })
        return
      case 'skipped':
        this.#ended(item[1], { status: 'cancelled', reason: new Error('the task was cancelled') })
        return
      case 'prepared':
        this.#prepared(item[1], item[2])
        return
      case 'emit':
        void this.#emit(item[1], item[2], item[3], Payload.encoded(item[4]))
        return
      case 'ending': {
        const [, culprit, error] = item
        this.#lastWords = {
          culprit: culprit ?? undefined,
          error: error === null ? undefined : payloads.decodeThrown(error),
        }
      }
    }
  }

  /** The worker is done with a task, or will not have it; a late result of one that timed out is ignored. */
  #ended(id: number, result: TaskResult): void {
    const held = this.#held.release(id)
    if (held === undefined) return
    const { task, handler } = held
    if ('runMs' in result) handler.ran(result.runMs)
    task.settle(result)
    this.#observer.settled(task)
    this.#released(held)
  }

  #released({ task }: PoolTask): void {
    task.released()
    if (this.#held.size === 0 && this.#onEmpty.length > 0)
      for (const resolve of this.#onEmpty.splice(0)) resolve()
  }

  #prepared(request: number, failures: readonly (readonly [number, string])[]): void {
    const failed = failures.flatMap(([index, error]) => {
      const handler = this.#namedHandlers[index]
      return handler ? [[handler.key, payloads.decodeThrown(error)] as const] : []
    })
    this.#lookups.answer(request, new Map(failed))
  }

  #isFree(): void {
    if (this.hasRoom(Number.POSITIVE_INFINITY)) this.#lookups.askNext()
    this.#observer.free(this)
    if (this.#isIdle) this.#idleTimer.start()
  }

  async #emit(request: number, taskId: number, event: string, payload: Payload): Promise<void> {
    const outbox = this.#outbox
    const task = this.#held.get(taskId)?.task
    try {
      if (task === undefined || task.isSettled) throw new LateEmissionError(event, task?.label ?? 'unknown')
      await task.emit(event, payload)
      outbox.push(['admitted', request, null])
    } catch (error) {
      outbox.push(['admitted', request, payloads.encodeThrown(error)])
    }
  }

  #started(held: PoolTask): void {
    held.isStarted = true
    const { timeoutMs, event, label } = held.task
    if (timeoutMs === undefined || held.task.isSettled) return
    held.timer = setTimeout(() => {
      const error = new HandlerTimeoutError(timeoutMs, event, label)
      held.task.settle({ status: 'rejected', error, runMs: timeoutMs })
      this.#observer.settled(held.task)
      this.#cancel(held, error)
    }, timeoutMs)
  }

  #cancel(held: PoolTask, reason: unknown): void {
    this.#outbox.push(['cancel', held.id, payloads.encodeThrown(reason)])
    this.#endWhenDeaf(held)
  }

  /** Ends the worker when the handler of a task does not return in time; one that waits behind others is left to them. */
  #endWhenDeaf(held: PoolTask): void {
    const { killGraceMs } = this.#options
    clearTimeout(held.timer)
    held.timer = setTimeout(() => {
      if (this.#held.mayRun(held)) this.#end(this.#endingOfDeaf(held))
      else this.#endWhenDeaf(held)
    }, killGraceMs)
  }

  /** A handler that does not stop may itself be held up, by another one that blocks their event loop. */
  #endingOfDeaf({ task }: PoolTask): LaneEnding {
    const late = `${task.label} did not stop within ${String(this.#options.killGraceMs)} ms of its signal`
    const { sent, receivedCount } = this.#outbox
    if (receivedCount === sent) return { what: `was ended because ${late}`, culprit: task }
    const culprit = this.#held.blocking(receivedCount)?.task
    if (culprit === task) return { what: `was ended because ${late}`, culprit }
    const who = culprit ? culprit.label : 'a handler beside it'
    return { what: `was ended because ${late}, while ${who} blocked the event loop`, culprit }
  }

  #loss(exit: WorkerExit, lost: readonly PoolTask[]): LaneLoss {
    return new LaneLoss({
      worker: this.#kind.kind,
      exit,
      wasReady: this.#wasReady,
      ending: this.#ending,
      lastWords: this.#lastWords,
      lost,
      isImporting: this.#lookups.isUnderWay,
      knowsStarted: this.#held.knowsStarted,
    })
  }

  #lost(exit: WorkerExit): void {
    if (this.#state === 'lost') return
    this.#state = 'lost'
    this.#stopTimer()
    this.#idleTimer.stop()
    this.#open?.close()
    const { lost, spared } = this.#held.clear()
    const loss = this.#loss(exit, lost)
    for (const held of lost) {
      held.task.settle({ status: 'rejected', error: loss.error(held) })
      this.#observer.settled(held.task)
      held.task.released()
    }
    const workerError = loss.error()
    this.#lookups.lose(workerError, loss.isImportBlameless)
    this.#waking?.reject(workerError)
    this.#waking = undefined
    this.#observer.lost(this, spared, this.#wasReady ? undefined : workerError)
    for (const resolve of this.#onLost.splice(0)) resolve()
  }
}
