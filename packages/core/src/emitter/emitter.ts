import { onAbort } from '../abort-listener.js'
import { Attempt } from './attempts.js'
import { debugLog } from '../tracing/debug-log.js'
import { Dispatcher } from './dispatcher.js'
import type { Emission, EmissionParent } from './emission.js'
import type { EmissionTrace } from '../tracing/emission-trace.js'
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
import {
  DeadlockError,
  EmitterClosedError,
  ExecutorOwnedError,
  InvalidOptionError,
  NestedExecutorError,
} from '../errors/errors.js'
import {
  emittedBy,
  validatePayload,
  type DefaultEvents,
  type EventInstance,
  type EventReference,
} from '../event/event-definition.js'
import type { ExecutionMode, Executor } from '../executor/executor.js'
import { ExecutorSet } from './executor-set.js'
import { checkHooks, type EmitterHooks, type HookRegistration } from './hooks.js'
import type { EmitterStats } from './handler-stats.js'
import { throwUncaught } from '../errors/failure-report.js'
import { EventLinker } from '../link/linker.js'
import { warnWhenLost } from './lost-emitters.js'
import { checkOptions } from '../options.js'
import type { OutcomeCounts } from '../executor/outcome.js'
import type { EmitArguments } from '../event/payload-arguments.js'
import { passageOf, Payload, type Passage } from '../payload/payload.js'
import { isImportingHandlers } from '../handler/realm.js'
import { SettlementReport } from './settlement-report.js'
import { sharedState } from '../shared-state.js'
import { currentTask } from '../executor/task-scope.js'

const NO_OPTIONS: EmitOptions = {}

const owned = sharedState('owned-executors', () => new WeakSet<Executor>())

/**
 * Validates, encodes and matches events, and hands a task for each matching link to its executor.
 *
 * Leaving the scope of `await using` drains the emitter and shuts its executor down. One that is garbage-collected with work in
 * flight that nobody awaits is a process warning, `ERR_EMITTER_LOST`; the work goes on.
 *
 * @typeParam Events the linker's event map
 * @typeParam Name the names of its further executors
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
export class EventEmitter<
  Events extends object = DefaultEvents,
  Name extends string = string,
> implements AsyncDisposable {
  readonly #executors: ExecutorSet
  readonly #linker: EventLinker<Events>
  readonly #options: Omit<EmitterOptions<Events>, 'executor' | 'executors' | 'linker'>
  /** Of payloads when they are emitted. */
  readonly #passage: Passage
  readonly #dispatcher: Dispatcher
  #isOpen = true
  #shutdown: Promise<OutcomeCounts> | undefined
  #terminated: Promise<void> | undefined

  /**
   * @param options executor, linker and callbacks; see {@link EmitterOptions}
   * @throws InvalidOptionError when an option is unknown or wrong; ExecutorOwnedError when another emitter owns an executor;
   *   InvalidLinkError when a link names an executor that is not there
   */
  constructor(options: EmitterOptions<Events, Name>) {
    checkOptions(options, EMITTER_OPTIONS, () => 'new EventEmitter()')
    const { executor, executors, linker, ...rest } = options
    // Callers without a type checker forget it.
    if ((executor as Executor | undefined) === undefined) {
      throw new InvalidOptionError(
        'the option executor is missing',
        'new EventEmitter()',
        'pass one: { executor: new InlineExecutor() }',
      )
    }
    const registry = linker ?? (EventLinker.default as unknown as EventLinker<Events>)
    this.#executors = new ExecutorSet(executor, executors)
    for (const link of registry.links()) this.#executors.of(link)
    // The executors of its links decide for each payload, where there are several.
    this.#passage = this.#executors.areSeveral ? 'reference' : passageOf(executor.capabilities)
    this.#linker = registry
    this.#options = rest
    const { onUnhandledFailure, maxDepth = 100, stats: measuresHandlers = false } = rest
    const debug = debugLog(rest.debug ?? registry.options.debug)
    const report = new SettlementReport({ linker: registry.options, emitter: rest, onUnhandledFailure })
    const parts = {
      executors: this.#executors,
      linker: registry,
      report,
      maxDepth,
      debug,
      measuresHandlers,
    }
    this.#dispatcher = new Dispatcher(parts)
    if (this.#ownsExecutor) {
      const { all } = this.#executors
      if (all.some((one) => owned.has(one))) throw new ExecutorOwnedError()
      for (const one of all) owned.add(one)
    }
    warnWhenLost(this, this.#dispatcher.ledger, executor.mode)
  }

  /** The mode of its executor, at any time; a link that names another executor runs in that one's. */
  get mode(): ExecutionMode {
    return this.#executors.main.mode
  }

  /** The registry of its links. */
  get linker(): EventLinker<Events> {
    return this.#linker
  }

  /** The executor of the handlers that are not local, and whose links name no other. */
  get executor(): Executor {
    return this.#executors.main
  }

  /** Its further executors, by their names: a copy. */
  get executors(): Readonly<Record<Name, Executor>> {
    return this.#executors.named
  }

  get #ownsExecutor(): boolean {
    return this.#options.ownsExecutor ?? true
  }

  /**
   * Emits an event: validates and encodes the payload, and hands one task for each link to the executor. Handlers start in
   * a later microtask at the earliest.
   *
   * @param event a definition, a name of the linker's event map, or an instance of a class that is an event
   * @param rest the payload, left out for events without one, and {@link EmitOptions}
   * @returns the emission: await it for the report, or leave it for fire and forget
   * @throws InvalidPayloadError, PayloadNotPortableError, InvalidEventError, InvalidOptionError, InvalidLinkError,
   *   EmitterClosedError, QueueFullError, and the reason of a signal that is already aborted; when it throws, nothing has
   *   happened
   */
  emit<Event extends EventReference<Events> | EventInstance>(
    event: Event,
    ...rest: EmitArguments<Events, Event, [options?: EmitOptions]>
  ): Emission
  emit(event: unknown, ...rest: readonly unknown[]): Emission {
    const emitted = emittedBy(event, rest)
    const { name, input } = emitted
    const options = (emitted.options ?? NO_OPTIONS) as EmitOptions
    const trace = this.#dispatcher.trace(name, undefined, options.emissionId)
    if (trace === undefined) return this.#emit(name, event, input, options)
    return this.#emitTraced(name, event, input, options, trace)
  }

  /**
   * Emits what a handler has emitted that runs in another program: called by the workers of executors on queue engines.
   *
   * @param event the name of the event
   * @param payload validated and encoded
   * @param parent the emission whose handler it was
   * @param emissionId see {@link EmitOptions.emissionId}
   * @throws EmissionDepthError, EmitterClosedError, and what {@link emit} throws
   */
  relay(event: string, payload: Payload, parent: EmissionParent, emissionId?: string): Emission {
    return this.#dispatcher.relay(event, payload, parent, emissionId)
  }

  /** A method of its own, since a closure in `emit` would cost those who do not trace. */
  #emitTraced(
    name: string,
    event: unknown,
    input: unknown,
    options: EmitOptions,
    trace: EmissionTrace,
  ): Emission {
    return trace.emit(() => this.#emit(name, event, input, options, trace))
  }

  #emit(name: string, event: unknown, input: unknown, options: EmitOptions, trace?: EmissionTrace): Emission {
    this.#checkUsable(name)
    if (options !== NO_OPTIONS)
      checkOptions(options, EMIT_OPTIONS, () => `emit of event ${JSON.stringify(name)}`)
    options.signal?.throwIfAborted()
    const value = validatePayload(event, input)
    const payload = Payload.of(value, this.#passage, { event: name })
    const emission = this.#dispatcher.dispatch(name, payload, options, undefined, trace)
    cancelOnAbort(emission, options.signal)
    return emission
  }

  /**
   * Has hooks called around all emissions from now on, and around their handlers: synchronously, in this realm, in the order of
   * registration. An error in `beforeEmit` is thrown by `emit`; errors in the others are reported like those of callbacks, and
   * change nothing else.
   *
   * @param hooks see {@link EmitterHooks}
   * @returns the undo; `using hooks = emitter.use(…)` removes them at the end of the scope
   * @throws InvalidOptionError when a hook is unknown, not a function, or there is none
   * @example
   * ```ts
   * import { AsyncLocalStorage } from 'node:async_hooks'
   * import type { EventEmitter } from '@eventlane/core'
   *
   * declare const events: EventEmitter
   * const tenants = new AsyncLocalStorage<string>()
   *
   * using hooks = events.use({
   *   beforeEmit: ({ metadata }) => {
   *     metadata.tenant ??= tenants.getStore()
   *   },
   *   afterHandle: ({ handler, outcome }) => console.log(handler, outcome.status, outcome.runMs),
   * })
   * ```
   */
  use(hooks: EmitterHooks): HookRegistration {
    checkHooks(hooks)
    return this.#dispatcher.hooks.add(hooks)
  }

  /**
   * Starts the executors and makes sure that they can run every handler that is linked by now. Optional: the first emission of
   * a handler does the same for it.
   *
   * @throws HandlerNotPortableError when a handler's module fails to import in a worker or does not define it there;
   *   InvalidLinkError when a link has an `order`, or is a `once` link, and the executor cannot keep to that
   */
  async ready(): Promise<void> {
    this.#checkUsable()
    const links = this.#linker.links().filter((link) => !link.options.local)
    for (const link of links) this.#dispatcher.checkLink(link)
    await this.#executors.prepare(links)
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
    return await this.#dispatcher.ledger.allSettled(options.timeoutMs)
  }

  /**
   * What it has done by now, and has to do: counts, and with the option `stats`, for each handler how long tasks waited and ran.
   *
   * @example
   * ```ts
   * import type { EventEmitter } from '@eventlane/core'
   *
   * declare const events: EventEmitter
   *
   * for (const { handler, counts, runMs } of events.stats().handlers)
   *   console.log(handler, counts.rejected, 'of', counts.total, 'failed; p99:', runMs.p99, 'ms')
   * ```
   */
  stats(): EmitterStats {
    return this.#dispatcher.stats()
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
    this.#isOpen = false
    this.#dispatcher.finish(cancelPending)
    this.#shutdown ??= this.#end()
    const ended = this.#endWithin(this.#shutdown, timeoutMs)
    if (wait) return await ended
    ended.catch(throwUncaught)
    return this.#dispatcher.ledger.counts
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
    await this.#dispatcher.ledger.allSettled(undefined)
    this.#dispatcher.close()
    if (this.#ownsExecutor) await (this.#terminated ?? this.#executors.shutdown())
    return this.#dispatcher.ledger.counts
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
    this.#isOpen = false
    this.#dispatcher.close()
    if (this.#ownsExecutor) this.#terminated ??= this.#executors.terminate()
    this.#dispatcher.cancelAll(() => true, new Error('the emitter was shut down before the task ended'))
  }

  #checkUsable(event?: string): void {
    if (!this.#isOpen) throw new EmitterClosedError('the emitter has been shut down', event)
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
    if (task && !task.isSettled && this.#dispatcher.ledger.isUnsettled(task.emissionId)) {
      throw new DeadlockError(method, task.event)
    }
  }
}

function cancelOnAbort(emission: Emission, signal: AbortSignal | undefined): void {
  if (signal === undefined || emission.status === 'settled') return
  const unlisten = onAbort(signal, () => {
    emission.cancel(signal.reason)
  })
  emission.onSettled(unlisten)
}
