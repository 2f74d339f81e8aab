import { Attempts } from './attempts.js'
import { checkInstance, isClassEventDefined } from '../event/class-event.js'
import type { DebugLog } from '../tracing/debug-log.js'
import { Emission, type EmissionObserver, type EmissionParent } from './emission.js'
import { emissionId, nextEmissionNumber } from '../executor/emission-id.js'
import { EmissionLedger } from './emission-ledger.js'
import { EmissionTask } from './emission-task.js'
import { EmissionTrace } from '../tracing/emission-trace.js'
import { EmissionDepthError, EmitterClosedError, InvalidLinkError } from '../errors/errors.js'
import { describeEvents } from '../event/event-selector.js'
import type { Executor, Task } from '../executor/executor.js'
import { submitToAll, type ExecutorSet } from './executor-set.js'
import { HookRegistry } from './hook-chain.js'
import { HandlerMeasures, type EmitterStats } from './handler-stats.js'
import type { Link } from '../link/link.js'
import { LinkSelection } from '../link/link-selection.js'
import { metadataOf, type Metadata } from '../payload/metadata.js'
import { LocalRunner } from '../executor/local-runner.js'
import { passageOf, type Payload } from '../payload/payload.js'
import type { SettlementReport } from './settlement-report.js'
import { TaskOrder } from '../executor/task-order.js'
import { isTraced } from '../tracing/tracing.js'

/** Where links are found: the linker. */
interface LinkSource {
  match(name: string): readonly Link[]
}

/** What a dispatcher is made of. */
export interface DispatcherParts {
  readonly executors: ExecutorSet
  readonly linker: LinkSource
  readonly report: SettlementReport
  /** How deep handlers may emit out of handlers. */
  readonly maxDepth: number
  readonly debug: DebugLog | undefined
  /** Whether it keeps statistics of each handler. */
  readonly measuresHandlers: boolean
}

/** What concerns a dispatcher of the options of one `emit`. */
interface DispatchOptions {
  readonly timeoutMs?: number
  readonly metadata?: Metadata
  readonly delayMs?: number
  readonly emissionId?: string
}

const NO_OPTIONS: DispatchOptions = {}

/** What a handler is about that emits. */
interface Parent {
  readonly emission: EmissionParent
  /** `undefined` where it runs in another program. */
  readonly running: Task | undefined
}

/**
 * Makes the tasks of an emitter's emissions, hands them to its executor, and keeps its ledger.
 *
 * Tasks in flight keep it alive. It must not know its emitter, which could then not be collected while they run, and
 * nobody would learn that it is lost.
 */
export class Dispatcher {
  readonly ledger = new EmissionLedger()
  readonly hooks: HookRegistry
  readonly #parts: DispatcherParts
  readonly #measures: HandlerMeasures | undefined
  readonly #localRunner = new LocalRunner('main-event-loop-async', Number.POSITIVE_INFINITY)
  readonly #order = new TaskOrder()
  #isFinishing = false
  #isClosed = false
  readonly #observer: EmissionObserver = {
    taskSettled: (task, result, settledAt) => {
      this.ledger.taskSettled(result)
      this.#measures?.taskSettled(task, result, settledAt)
      this.#parts.report.taskSettled(task, result)
    },
    emissionSettled: (emission) => {
      this.#parts.report.emissionSettled(emission)
      emission.hooks?.emissionSettled(emission)
      this.ledger.settled(emission)
    },
    cancel: (task, reason) => {
      this.#cancel(task, reason)
    },
    modeOf: ({ link }) => this.#runnerOf(link).mode,
    emit: (task, event, payload, running) => this.#emitFromHandler(task, event, payload, running),
  }

  constructor(parts: DispatcherParts) {
    this.#parts = parts
    this.#measures = parts.measuresHandlers ? new HandlerMeasures() : undefined
    this.hooks = new HookRegistry((event, hook, error) => {
      parts.report.hookFailed(event, hook, error)
    })
  }

  /** The trace of an emission to be made, where somebody observes emissions. */
  trace(event: string, parent?: EmissionParent, id?: string): EmissionTrace | undefined {
    const { debug, executors } = this.#parts
    if (debug === undefined && !isTraced()) return undefined
    const { mode } = executors.main
    return new EmissionTrace({
      event,
      emissionId: id ?? emissionId(nextEmissionNumber()),
      parentId: parent?.id,
      parentMetadata: parent?.metadata,
      mode,
      debug,
    })
  }

  stats(): EmitterStats {
    let queued = 0
    let running = 0
    for (const { emission } of this.ledger.unsettled) {
      for (const { isSettled, hasBegun } of emission.emissionTasks) {
        if (isSettled) continue
        if (hasBegun) running += 1
        else queued += 1
      }
    }
    const { counts } = this.ledger
    const { main, named } = this.#parts.executors
    return {
      queued,
      running,
      counts,
      handlers: this.#measures?.stats() ?? [],
      executor: main.stats(),
      executors: Object.fromEntries(
        Object.entries(named).map(([name, executor]) => [name, executor.stats()]),
      ),
    }
  }

  /** Makes and hands over all tasks of an emission, or throws and has done nothing. */
  dispatch(
    name: string,
    payload: Payload,
    options: DispatchOptions,
    parent?: Parent,
    trace?: EmissionTrace,
  ): Emission {
    const { linker, report } = this.#parts
    const given = metadataOf(options.metadata, name)
    const metadata = trace ? trace.metadataWith(given ?? parent?.emission.metadata) : given
    const emission = new Emission(name, parent?.emission, this.#observer, metadata, trace, options.emissionId)
    if (options.delayMs) emission.delayMs = options.delayMs
    this.#askHooks(emission, payload, parent)
    const links = linker.match(name)
    const selection = LinkSelection.of(links, payload, name, this.#formOf)
    const tasks = this.#tasksOf(emission, selection?.links ?? links, payload, options.timeoutMs)
    emission.begin(tasks)
    if (tasks.length === 0) {
      if (links.length === 0) this.#formOf(undefined, payload, name)
      if (emission.hooks) queueMicrotask(() => emission.hooks?.emissionSettled(emission))
      return emission
    }
    if (
      emission.hooks === undefined &&
      tasks.every(({ link }) => !link.hasAttempts && !report.hasAudience(link))
    )
      payload.endAfter(tasks.length)
    const admission =
      selection === undefined && tasks.every(this.#goesToMain)
        ? this.#parts.executors.main.submit(tasks, parent?.running)
        : this.#submitApart(tasks, selection, parent?.running)
    if (admission) emission.waitFor(admission)
    this.ledger.enter(emission, tasks.length)
    // By what a hook has done meanwhile.
    if (emission.status === 'settled') this.ledger.settled(emission)
    for (const task of tasks) {
      const error = selection?.errorOf(task.link)
      if (error) queueMicrotask(() => task.settle({ status: 'rejected', error }))
      else if (task.link.options.once) task.link.useUp()
    }
    return emission
  }

  /**
   * Refuses a link with options that the executor cannot keep.
   *
   * @throws InvalidLinkError
   */
  checkLink(link: Link): void {
    const { order, once } = link.options
    if ((order === undefined && !once) || this.#runsLocally(link)) return
    const { capabilities, mode } = this.#parts.executors.of(link)
    const where = `${describeEvents(link.events)}, handler ${link.label}, executor mode ${mode}`
    if (order !== undefined && !capabilities.order)
      throw new InvalidLinkError(
        'the link has the option order, and the executor cannot keep an order',
        where,
        'link it without order, or use an executor whose capabilities say order',
      )
    if (once && capabilities.once === false)
      throw new InvalidLinkError(
        'the link has the option once, and its executor is one of many programs, each of which would make a task',
        where,
        'link it without once, and emit with an emissionId of your own, which is handed over once whoever emits it; or link it with { local: true }, for once in this program',
      )
  }

  /**
   * From now on, only handlers that still run emit.
   *
   * @param cancelPending whether to cancel what has not started; so is what only starts when the executor is told to start it
   */
  finish(cancelPending: boolean): void {
    this.#isFinishing = true
    if (cancelPending || this.#someHold)
      this.cancelAll(
        (task) => !task.hasBegun && (cancelPending || this.#isHeld(task)),
        new Error('the emitter was shut down'),
      )
  }

  /** From now on, handlers that still run may not emit either. */
  close(): void {
    this.#isClosed = true
  }

  /** Cancels the tasks that are meant, of those that have no outcome. */
  cancelAll(isMeant: (task: EmissionTask) => boolean, reason: Error): void {
    for (const { emission } of this.ledger.unsettled) this.#cancelTasks(emission, isMeant, reason)
  }

  #cancelTasks(emission: Emission, isMeant: (task: EmissionTask) => boolean, reason: Error): void {
    for (const task of emission.emissionTasks)
      if (!task.isSettled && isMeant(task)) this.#cancel(task, reason)
  }

  /** Throws what a hook throws. */
  #askHooks(emission: Emission, payload: Payload, parent: Parent | undefined): void {
    const { chain } = this.hooks
    if (chain === undefined) return
    const { event } = emission
    // What is not portable is refused before hooks are asked.
    const [form = this.#formOf(undefined, payload, event)] = this.#parts.linker
      .match(event)
      .map((link) => this.#formOf(link, payload, event))
    chain.emissionStarts(emission, form)
    emission.hooks = chain
    // By a hook.
    if (this.#isClosed || (this.#isFinishing && parent === undefined))
      throw new EmitterClosedError('the emitter has been shut down', emission.event)
  }

  /** Without a function for `map`, which every emission would make anew. */
  #tasksOf(
    emission: Emission,
    links: readonly Link[],
    payload: Payload,
    timeoutMs: number | undefined,
  ): readonly EmissionTask[] {
    const tasks = new Array<EmissionTask>(links.length)
    for (const [index, link] of links.entries()) {
      const limit = shorterOf(timeoutMs, link.options.timeoutMs)
      tasks[index] = new EmissionTask(emission, link, this.#formOf(link, payload, emission.event), limit)
    }
    return tasks
  }

  /** Whether a task goes, as it is, where tasks go whose links say nothing else. */
  readonly #goesToMain = (task: EmissionTask): boolean => {
    const { link } = task
    return (
      !link.hasAttempts &&
      !link.options.once &&
      link.options.executor === undefined &&
      !this.#runsLocally(link) &&
      this.#delayOf(task) === undefined
    )
  }

  /** Hands each task to the executor that it is for. */
  #submitApart(
    tasks: readonly EmissionTask[],
    selection: LinkSelection | undefined,
    emittedBy: Task | undefined,
  ): Promise<void> | undefined {
    const { executors } = this.#parts
    const remote: Task[] = []
    const local: Task[] = []
    let groups: Map<Executor, Task[]> | undefined
    for (const task of tasks) {
      if (selection?.errorOf(task.link)) continue
      this.checkLink(task.link)
      const submission =
        task.link.hasAttempts || this.#delayOf(task) !== undefined
          ? this.#prepareAttempts(task, selection)
          : task
      if (task.link.options.executor === undefined)
        (this.#runsLocally(task.link) ? local : remote).push(submission)
      else addTo((groups ??= new Map<Executor, Task[]>()), executors.of(task.link), submission)
    }
    if (groups && remote.length > 0) groups.set(executors.main, remote)
    const admission = this.#submitRemote(remote, groups, emittedBy)
    if (local.length > 0) void this.#localRunner.submit(local)
    return admission
  }

  #submitRemote(
    remote: readonly Task[],
    groups: ReadonlyMap<Executor, readonly Task[]> | undefined,
    emittedBy: Task | undefined,
  ): Promise<void> | undefined {
    if (groups) return submitToAll(groups, emittedBy)
    if (remote.length === 0) return undefined
    return this.#parts.executors.main.submit(remote, emittedBy) ?? undefined
  }

  get #someAreIsolated(): boolean {
    return this.#parts.executors.all.some(({ capabilities }) => capabilities.isolated)
  }

  /** Whether executors keep tasks that only start when they are told to start them. */
  get #someHold(): boolean {
    return this.#parts.executors.all.some(({ capabilities }) => capabilities.holds)
  }

  #isHeld({ link }: EmissionTask): boolean {
    const runner = this.#runnerOf(link)
    return !(runner instanceof LocalRunner) && runner.capabilities.holds === true
  }

  /** The payload as the executor of a link passes it on; without a link, as the one does that links name no other for. */
  readonly #formOf = (link: Link | undefined, payload: Payload, event: string): Payload => {
    const { executors } = this.#parts
    const { capabilities } = link ? executors.of(link) : executors.main
    if (!executors.areSeveral) return payload
    return payload.through(passageOf(capabilities), { event })
  }

  #emitFromHandler(
    task: EmissionTask,
    event: string,
    payload: Payload,
    running: Task,
  ): Promise<void> | undefined {
    const { emission } = task
    const trace = this.trace(event, emission)
    if (trace === undefined) return this.#emitChild(emission, event, payload, running).admission
    return this.#emitTracedChild(task, event, payload, running, trace).admission
  }

  #emitTracedChild(
    { emission, scope }: EmissionTask,
    event: string,
    payload: Payload,
    running: Task,
    trace: EmissionTrace,
  ): Emission {
    const emit = (): Emission => trace.emit(() => this.#emitChild(emission, event, payload, running, trace))
    return scope ? scope.runInAsyncScope(emit) : emit()
  }

  #emitChild(
    emission: Emission,
    event: string,
    payload: Payload,
    running: Task,
    trace?: EmissionTrace,
  ): Emission {
    if (this.#isClosed) throw new EmitterClosedError('the emitter has been shut down', event)
    const { maxDepth } = this.#parts
    if (emission.depth >= maxDepth) throw new EmissionDepthError(event, maxDepth)
    // The handler's realm may not know that the event is a class.
    const isUnchecked = this.#someAreIsolated && isClassEventDefined(event)
    const name = (isUnchecked ? checkInstance(event, payload.read()) : undefined) ?? event
    const emitted = this.dispatch(name, payload, NO_OPTIONS, { emission, running }, trace)
    if (this.#isFinishing)
      this.#cancelTasks(emitted, (child) => this.#isHeld(child), new Error('the emitter was shut down'))
    return emitted
  }

  /** Emits what a handler emits that runs in another program. */
  relay(name: string, payload: Payload, parent: EmissionParent, emissionId: string | undefined): Emission {
    if (this.#isClosed) throw new EmitterClosedError('the emitter has been shut down', name)
    const { maxDepth } = this.#parts
    if (parent.depth >= maxDepth) throw new EmissionDepthError(name, maxDepth)
    const trace = this.trace(name, parent, emissionId)
    const options = emissionId === undefined ? NO_OPTIONS : { emissionId }
    const emit = (): Emission =>
      this.dispatch(name, payload, options, { emission: parent, running: undefined }, trace)
    return trace ? trace.emit(emit) : emit()
  }

  /** The first attempt at a task. */
  #prepareAttempts(task: EmissionTask, selection: LinkSelection | undefined): Task {
    const { link } = task
    const { order, retry } = link.options
    const executor = this.#runnerOf(link)
    const mayOverlap =
      order === undefined && (executor instanceof LocalRunner || !executor.capabilities.killsRunning)
    const turn = order && { order: this.#order, key: selection?.keyOf(link) ?? '' }
    const delayMs = this.#delayOf(task)
    const resubmit = (attempt: Task): void => {
      executor.resubmit(attempt)
    }
    task.attempts = new Attempts(task, { retry, turn, delayMs, mayOverlap, resubmit })
    return task.submitted
  }

  /** How long a task is to be held back that its executor starts at once. */
  #delayOf({ link, delayMs }: EmissionTask): number | undefined {
    if (delayMs === undefined) return undefined
    const executor = this.#runnerOf(link)
    return !(executor instanceof LocalRunner) && executor.capabilities.delays ? undefined : delayMs
  }

  #runnerOf(link: Link): Executor | LocalRunner {
    return this.#runsLocally(link) ? this.#localRunner : this.#parts.executors.of(link)
  }

  /** An executor that shares this realm takes local links too, so that all start in link order. */
  #runsLocally(link: Link): boolean {
    return link.options.local === true && this.#parts.executors.main.capabilities.isolated
  }

  #cancel(task: EmissionTask, reason: unknown): void {
    task.settle({ status: 'cancelled', reason })
    this.#runnerOf(task.link).cancel(task.submitted, reason)
  }
}

function shorterOf(limit: number | undefined, other: number | undefined): number | undefined {
  if (limit === undefined || other === undefined) return limit ?? other
  return Math.min(limit, other)
}

function addTo<Key, Item>(groups: Map<Key, Item[]>, key: Key, item: Item): void {
  const group = groups.get(key)
  if (group) group.push(item)
  else groups.set(key, [item])
}
