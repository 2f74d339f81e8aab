import { onAbort } from './abort-listener.js'
import { Attempt, Attempts } from './attempts.js'
import { Emission, type EmissionObserver } from './emission.js'
import { EmissionLedger } from './emission-ledger.js'
import {
  EMIT_OPTIONS,
  DRAIN_OPTIONS,
  EMITTER_OPTIONS,
  SHUTDOWN_OPTIONS,
  type DrainOptions,
  type EmitOptions,
  type EmitterOptions,
  type ShutdownOptions,
} from './emitter-options.js'
import { EmissionTask, type EmitFromHandler } from './emission-task.js'
import {
  DeadlockError,
  EmissionDepthError,
  EmitterClosedError,
  ExecutorOwnedError,
  InvalidLinkError,
  InvalidOptionError,
  NestedExecutorError,
} from './errors.js'
import {
  eventName,
  validatePayload,
  type DefaultEvents,
  type EventReference,
  type InputFor,
} from './event-definition.js'
import type { ExecutionMode, Executor, Task } from './executor.js'
import { throwUncaught } from './failure-report.js'
import type { Link } from './link.js'
import { EventLinker } from './linker.js'
import { LocalRunner } from './local-runner.js'
import { checkOptions } from './options.js'
import type { OutcomeCounts } from './outcome.js'
import type { PayloadArguments } from './payload-arguments.js'
import { passageOf, Payload } from './payload.js'
import { isImportingHandlers } from './realm.js'
import { SettlementReport } from './settlement-report.js'
import { sharedState } from './shared-state.js'
import { orderKey, TaskOrder } from './task-order.js'
import { currentTask } from './task-scope.js'

/** What a handler is about that emits. */
interface Parent {
  readonly emission: Emission
  readonly running: Task
}

const owned = sharedState('owned-executors', () => new WeakSet<Executor>())

/**
 * Validates, encodes and matches events, and hands a task for each matching link to its executor.
 *
 * Leaving the scope of `await using` drains the emitter and shuts its executor down.
 *
 * @typeParam Events the linker's event map
 * @example
 * ```ts
 * import { defineEvent, EventEmitter, EventLinker, payload, type Executor } from '@eventlane/core'
 *
 * declare const executor: Executor
 * const UserCreated = defineEvent('user.created', payload<{ id: string }>())
 * const linker = new EventLinker()
 * linker.on(UserCreated, (user) => console.log(user.id), { local: true })
 *
 * await using events = new EventEmitter({ executor, linker })
 * events.emit(UserCreated, { id: 'u-1' }) // fire and forget
 * const report = await events.emit(UserCreated, { id: 'u-2' }) // every handler has settled
 * console.log(report.fulfilled)
 * ```
 */
export class EventEmitter<Events extends object = DefaultEvents> implements AsyncDisposable {
  readonly #executor: Executor
  readonly #linker: EventLinker<Events>
  readonly #options: Omit<EmitterOptions<Events>, 'executor' | 'linker'>
  readonly #localRunner = new LocalRunner('main-event-loop-async', Number.POSITIVE_INFINITY)
  readonly #order = new TaskOrder()
  readonly #ledger = new EmissionLedger()
  readonly #report: SettlementReport
  readonly #observer: EmissionObserver = {
    taskSettled: (task, result) => {
      this.#ledger.taskSettled(result)
      this.#report.taskSettled(task, result)
    },
    emissionSettled: (emission) => {
      this.#report.emissionSettled(emission)
      this.#ledger.settled(emission)
    },
    cancel: (task, reason) => {
      this.#cancel(task, reason)
    },
  }
  #state: 'open' | 'draining' | 'closed' = 'open'
  #shutdown: Promise<OutcomeCounts> | undefined
  #terminated: Promise<void> | undefined

  /**
   * @param options executor, linker and callbacks; see {@link EmitterOptions}
   * @throws InvalidOptionError when an option is unknown or wrong; ExecutorOwnedError when another emitter owns the executor
   */
  constructor(options: EmitterOptions<Events>) {
    checkOptions(options, EMITTER_OPTIONS, () => 'new EventEmitter()')
    const { executor, linker, ...rest } = options
    // Callers without a type checker forget it.
    if ((executor as Executor | undefined) === undefined) {
      throw new InvalidOptionError(
        'the option executor is missing',
        'new EventEmitter()',
        'pass one: { executor: new InlineExecutor() }',
      )
    }
    this.#executor = executor
    this.#linker = linker ?? (EventLinker.default as unknown as EventLinker<Events>)
    this.#options = rest
    const { onUnhandledFailure } = rest
    this.#report = new SettlementReport({ linker: this.#linker.options, emitter: rest, onUnhandledFailure })
    if (this.#ownsExecutor) {
      if (owned.has(executor)) throw new ExecutorOwnedError()
      owned.add(executor)
    }
  }

  /** The mode of its executor. */
  get mode(): ExecutionMode {
    return this.#executor.mode
  }

  /** The registry of its links. */
  get linker(): EventLinker<Events> {
    return this.#linker
  }

  /** The executor of the handlers that are not local. */
  get executor(): Executor {
    return this.#executor
  }

  get #ownsExecutor(): boolean {
    return this.#options.ownsExecutor ?? true
  }

  /**
   * Emits an event: validates and encodes the payload, and hands one task for each link to the executor. Handlers start in
   * a later microtask at the earliest.
   *
   * @param event a definition, or a name of the linker's event map
   * @param rest the payload, left out for events without one, and {@link EmitOptions}
   * @returns the emission: await it for the report, or leave it for fire and forget
   * @throws InvalidPayloadError, PayloadNotPortableError, InvalidEventError, InvalidOptionError, InvalidLinkError,
   *   EmitterClosedError, QueueFullError, and the reason of a signal that is already aborted; when it throws, nothing has
   *   happened
   */
  emit<Event extends EventReference<Events>>(
    event: Event,
    ...rest: PayloadArguments<InputFor<Events, Event>, [options?: EmitOptions]>
  ): Emission
  emit(event: unknown, input?: unknown, options: EmitOptions = {}): Emission {
    const name = eventName(event)
    this.#checkUsable(name)
    checkOptions(options, EMIT_OPTIONS, () => `emit of event ${JSON.stringify(name)}`)
    options.signal?.throwIfAborted()
    const value = validatePayload(event, input)
    const payload = Payload.of(value, passageOf(this.#executor.capabilities), { event: name })
    const emission = this.#dispatch(name, payload, options.timeoutMs, undefined)
    this.#cancelOnAbort(emission, options.signal)
    return emission
  }

  /**
   * Starts the executor and makes sure that it can run every handler that is linked by now. Optional: the first emission of
   * a handler does the same for it.
   *
   * @throws HandlerNotPortableError when a handler's module fails to import in a worker or does not define it there;
   *   InvalidLinkError when a link has an `order` that the executor cannot keep
   */
  async ready(): Promise<void> {
    this.#checkUsable()
    const links = this.#linker.links().filter((link) => !link.options.local)
    for (const link of links) this.#checkOrder(link)
    await this.#executor.prepare(links.flatMap((link) => link.bound.address ?? []))
  }

  /**
   * Waits until everything that this emitter emitted has settled, including what handlers emit meanwhile.
   *
   * @returns how many tasks ended in which way, since the emitter was made: they add up to `total`
   * @throws DrainTimeoutError after `timeoutMs`; DeadlockError when called inside one of its own handlers
   */
  async drain(options: DrainOptions = {}): Promise<OutcomeCounts> {
    checkOptions(options, DRAIN_OPTIONS, () => 'drain()')
    this.#checkNotInHandler('drain')
    return await this.#ledger.allSettled(options.timeoutMs)
  }

  /**
   * Takes no new emissions, lets the pending ones finish, and ends the executor if it owns it. Handlers that still run may
   * go on emitting through their context. Later calls share the work of the first, and may shorten it.
   *
   * @returns how many tasks ended in which way, since the emitter was made; without `wait`, by now
   * @throws DeadlockError when called, with `wait`, inside one of its own handlers
   */
  async shutdown(options: ShutdownOptions = {}): Promise<OutcomeCounts> {
    checkOptions(options, SHUTDOWN_OPTIONS, () => 'shutdown()')
    const { wait = true, cancelPending = false, timeoutMs } = options
    if (wait) this.#checkNotInHandler('shutdown')
    if (this.#state === 'open') this.#state = 'draining'
    if (cancelPending || this.#executor.capabilities.holds)
      this.#cancelAll((task) => !task.hasBegun, new Error('the emitter was shut down'))
    this.#shutdown ??= this.#end()
    const ended = this.#endWithin(this.#shutdown, timeoutMs)
    if (wait) return await ended
    ended.catch(throwUncaught)
    return this.#ledger.counts
  }

  /**
   * Ends now: what has no outcome yet is cancelled, and the executor, if the emitter owns it, ends its workers.
   *
   * @returns how many tasks ended in which way, since the emitter was made
   */
  async terminate(): Promise<OutcomeCounts> {
    this.#cancelEverything()
    return await (this.#shutdown ??= this.#end())
  }

  /** Drains and shuts down, within `shutdownTimeoutMs`; never rejects for failures of handlers. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { shutdownTimeoutMs: timeoutMs } = this.#options
    await this.shutdown(timeoutMs === undefined ? {} : { timeoutMs })
  }

  async #end(): Promise<OutcomeCounts> {
    await this.#ledger.allSettled(undefined)
    this.#state = 'closed'
    if (this.#ownsExecutor) await (this.#terminated ?? this.#executor.shutdown())
    return this.#ledger.counts
  }

  /** Waits for the end, and brings it about when the time is over. */
  async #endWithin(end: Promise<OutcomeCounts>, timeoutMs: number | undefined): Promise<OutcomeCounts> {
    if (timeoutMs === undefined) return await end
    const timer = setTimeout(() => {
      this.#cancelEverything()
    }, timeoutMs)
    try {
      return await end
    } finally {
      clearTimeout(timer)
    }
  }

  #cancelEverything(): void {
    this.#state = 'closed'
    if (this.#ownsExecutor) this.#terminated ??= this.#executor.terminate()
    this.#cancelAll(() => true, new Error('the emitter was shut down before the task ended'))
  }

  #checkUsable(event?: string): void {
    if (this.#state !== 'open') throw new EmitterClosedError('the emitter has been shut down', event)
    if (isImportingHandlers()) {
      throw new NestedExecutorError(
        'an emitter was used while a worker was importing a handler module',
        'guard the main code of that module with `if (isMainRealm) { … }`, or keep handlers in a module of their own',
        event && `event ${JSON.stringify(event)}`,
      )
    }
  }

  #checkNotInHandler(method: string): void {
    const running = currentTask()
    const task = running instanceof Attempt ? running.attempts.task : running
    // By the id, since executors may run a task as part of one of their own.
    if (task && !task.isSettled && this.#ledger.isUnsettled(task.emissionId)) {
      throw new DeadlockError(method, task.event)
    }
  }

  /** Makes and hands over all tasks of an emission, or throws and has done nothing. */
  #dispatch(
    name: string,
    payload: Payload,
    timeoutMs: number | undefined,
    parent: Parent | undefined,
  ): Emission {
    const emission = new Emission(name, parent?.emission, this.#observer)
    const tasks = this.#linker.match(name).map((link) => {
      const limits = [timeoutMs, link.options.timeoutMs].filter((limit) => limit !== undefined)
      const limit = limits.length === 0 ? undefined : Math.min(...limits)
      return new EmissionTask(emission, link, payload, limit, this.#emitFromHandler)
    })
    emission.begin(tasks)
    if (tasks.length === 0) return emission
    const remote: Task[] = []
    const local: Task[] = []
    for (const task of tasks) {
      const submission = task.link.hasAttempts ? this.#prepareAttempts(task) : task
      if (submission) (this.#runsLocally(task.link) ? local : remote).push(submission)
    }
    const admission = remote.length > 0 ? this.#executor.submit(remote, parent?.running) : undefined
    if (admission) emission.waitFor(admission)
    if (local.length > 0) void this.#localRunner.submit(local)
    this.#ledger.enter(emission, tasks.length)
    for (const { link } of tasks) if (link.options.once) link.useUp()
    return emission
  }

  /** The first attempt at a task; none where the link's order finds no place for it, so that it is rejected. */
  #prepareAttempts(task: EmissionTask): Task | undefined {
    const { link, payload, event, label } = task
    const { order, retry } = link.options
    this.#checkOrder(link)
    const executor = this.#runsLocally(link) ? this.#localRunner : this.#executor
    const mayOverlap =
      order === undefined && (executor === this.#localRunner || !this.#executor.capabilities.killsRunning)
    try {
      const turn = order && { order: this.#order, key: orderKey(order, payload, event, label) }
      const resubmit = (attempt: Task): void => {
        executor.resubmit(attempt)
      }
      task.attempts = new Attempts(task, { retry, turn, mayOverlap, resubmit })
      return task.submitted
    } catch (error) {
      queueMicrotask(() => {
        task.settle({ status: 'rejected', error })
      })
      return undefined
    }
  }

  /** An executor that shares this realm takes local links too, so that all start in link order. */
  #runsLocally(link: Link): boolean {
    return link.options.local === true && this.#executor.capabilities.isolated
  }

  #checkOrder(link: Link): void {
    if (link.options.order === undefined || this.#runsLocally(link) || this.#executor.capabilities.order)
      return
    throw new InvalidLinkError(
      'the link has the option order, and the executor cannot keep an order',
      `event ${JSON.stringify(link.event)}, handler ${link.label}, executor mode ${this.#executor.mode}`,
      'link it without order, or use an executor whose capabilities say order',
    )
  }

  readonly #emitFromHandler: EmitFromHandler = ({ emission }, event, payload, running) => {
    if (this.#state === 'closed') throw new EmitterClosedError('the emitter has been shut down', event)
    const maxDepth = this.#options.maxDepth ?? 100
    if (emission.depth >= maxDepth) throw new EmissionDepthError(event, maxDepth)
    const emitted = this.#dispatch(event, payload, undefined, { emission, running })
    if (this.#state === 'draining' && this.#executor.capabilities.holds)
      emitted.cancel(new Error('the emitter was shut down'))
    return emitted.admission
  }

  #cancelOnAbort(emission: Emission, signal: AbortSignal | undefined): void {
    if (signal === undefined || emission.status === 'settled') return
    const unlisten = onAbort(signal, () => {
      emission.cancel(signal.reason)
    })
    emission.onSettled(unlisten)
  }

  #cancel(task: EmissionTask, reason: unknown): void {
    task.settle({ status: 'cancelled', reason })
    if (this.#runsLocally(task.link)) this.#localRunner.cancel(task.submitted, reason)
    else this.#executor.cancel(task.submitted, reason)
  }

  #cancelAll(isMeant: (task: EmissionTask) => boolean, reason: Error): void {
    for (const emission of this.#ledger.unsettled) {
      for (const task of emission.emissionTasks)
        if (!task.isSettled && isMeant(task)) this.#cancel(task, reason)
    }
  }
}
