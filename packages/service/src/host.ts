import {
  closeOnSignals,
  EmitterClosedError,
  InvalidOptionError,
  NestedExecutorError,
  type DefaultEvents,
  type EventEmitter,
} from '@eventlane/core'
import {
  checkOptions,
  isImportingHandlers,
  isPositiveMs,
  realmKind,
  warnOfFailure,
} from '@eventlane/core/executor'
import { HostStartError } from './errors.js'
import { HostedService, type ServiceHealth } from './hosted-service.js'
import type { NamedEmitter } from './incarnation.js'
import { isServiceDefinition, type ServiceDefinition } from './service-definition.js'
import { resolveService, type ServiceOptions } from './service-options.js'
import { ServiceChanged, type ServiceTransition } from './service-transition.js'
import { Supervisor } from './supervisor.js'

/**
 * How a host is set up.
 *
 * @typeParam Events the event map of the emitter
 */
export interface HostOptions<Events extends object = DefaultEvents> {
  /** The emitter that services subscribe to and emit from. It stays the program's own: the host never shuts it down. */
  readonly events: EventEmitter<Events>
}

/** How a host stops. */
export interface StopOptions {
  /**
   * For all services together, in milliseconds; then those that are left are killed. Default: the sum of what each may take, one
   * after the other.
   */
  readonly timeoutMs?: number
}

interface Entry {
  readonly supervisor: Supervisor
  readonly dependsOn: readonly string[]
}

/** Not by `instanceof`: it may come from another copy of core. */
function isEmitter(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'emit' in value && 'linker' in value
}

const STOP_OPTIONS = { timeoutMs: isPositiveMs }

/**
 * Starts services in order, supervises them, and stops them in the opposite order.
 *
 * A host is inert until {@link start}. Leaving the scope of `await using` stops it; declare it after its emitter, so that it ends
 * first.
 *
 * @typeParam Events the event map of its emitter
 * @example
 * ```ts
 * import { EventEmitter, type Executor } from '@eventlane/core'
 * import { Host, type ServiceDefinition } from '@eventlane/service'
 *
 * declare const executor: Executor
 * declare const sampler: ServiceDefinition<{ everyMs: number }>
 *
 * await using events = new EventEmitter({ executor })
 * await using host = new Host({ events })
 * host.add(sampler, { mode: 'separate-process', config: { everyMs: 500 }, restart: { strategy: 'exponential' } })
 * await host.start()
 * ```
 */
export class Host<Events extends object = DefaultEvents> implements AsyncDisposable {
  readonly #emitter: NamedEmitter
  readonly #entries = new Map<string, Entry>()
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  /**
   * @param options see {@link HostOptions}
   * @throws InvalidOptionError when an option is unknown or of the wrong type
   */
  constructor(options: HostOptions<Events>) {
    checkOptions(options, { events: isEmitter }, () => 'new Host()')
    // Callers without a type checker forget it.
    if ((options.events as unknown) === undefined) {
      throw new InvalidOptionError(
        'the option events is missing',
        'new Host()',
        'pass an emitter: { events }',
      )
    }
    this.#emitter = options.events as unknown as NamedEmitter
  }

  /**
   * Adds a service, which {@link start} starts.
   *
   * @param definition made by `defineService`
   * @param rest see {@link ServiceOptions}; they may be left out where the service takes no config
   * @returns the service as it is run here
   * @throws InvalidOptionError when an option or the config is wrong, a name is taken, a dependency was not added before, or the host has
   *   started; PayloadNotPortableError when the config would not arrive unchanged
   */
  add<Config>(
    definition: ServiceDefinition<Config>,
    ...rest: undefined extends Config ? [options?: ServiceOptions<Config>] : [options: ServiceOptions<Config>]
  ): HostedService {
    if (!isServiceDefinition(definition)) {
      throw new InvalidOptionError(
        'what was given as a service is none',
        'host.add()',
        'give what defineService returns; an undefined definition often means a circular import',
      )
    }
    const service = resolveService(definition, rest[0] ?? {})
    const where = `host.add(), service ${service.name}`
    if (this.#starting || this.#stopping) {
      throw new InvalidOptionError('the host has started', where, 'add all services before host.start()')
    }
    if (this.#entries.has(service.name)) {
      throw new InvalidOptionError(
        'the host has a service of that name',
        where,
        'give each a name of its own: { name }',
      )
    }
    const last = [...this.#entries.keys()].at(-1)
    const dependsOn = service.dependsOn ?? (last === undefined ? [] : [last])
    const unknown = dependsOn.find((name) => !this.#entries.has(name))
    if (unknown !== undefined) {
      throw new InvalidOptionError(
        `option dependsOn names ${JSON.stringify(unknown)}, which the host does not have`,
        where,
        'add what a service depends on before it',
      )
    }
    const supervisor = new Supervisor(service, this.#emitter, (transition) => this.#announce(transition))
    this.#entries.set(service.name, { supervisor, dependsOn })
    return new HostedService(supervisor)
  }

  /** The services, in the order in which they were added. */
  get services(): readonly HostedService[] {
    return [...this.#entries.values()].map(({ supervisor }) => new HostedService(supervisor))
  }

  /** The service of that name; `undefined` where there is none. */
  service(name: string): HostedService | undefined {
    const entry = this.#entries.get(name)
    return entry && new HostedService(entry.supervisor)
  }

  /** Whether all services are ready now. */
  get isReady(): boolean {
    return [...this.#entries.values()].every(({ supervisor }) => supervisor.status === 'ready')
  }

  /**
   * Starts the services, each when those that it depends on are ready. Later calls return the same promise.
   *
   * @returns a promise that resolves when all are ready
   * @throws HostStartError when one has failed, after its restarts, or the host was stopped meanwhile: those that had started are stopped; NestedExecutorError in
   *   a worker, or while one imports a module
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /**
   * Stops the services, each when those that depend on it have stopped: their events are let through, their signals abort, and what
   * has not stopped in time is killed. Later calls share the work of the first; a later deadline of their own counts too.
   *
   * @param options see {@link StopOptions}
   * @returns a promise that resolves when nothing of them is left
   */
  async stop(options: StopOptions = {}): Promise<void> {
    checkOptions(options, STOP_OPTIONS, () => 'host.stop()')
    this.#stopping ??= this.#stop()
    if (options.timeoutMs === undefined) {
      await this.#stopping
      return
    }
    const timer = setTimeout(() => void this.kill(), options.timeoutMs)
    try {
      await this.#stopping
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * Ends all services now. Code on the event loop of the program cannot be ended: its signal aborts, and it is not heard any more.
   *
   * @returns a promise that resolves when nothing of the others is left
   */
  async kill(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ supervisor }) => supervisor.kill()))
  }

  /**
   * Asks the services how they are.
   *
   * @param timeoutMs how long each may take to answer, in milliseconds
   * @returns what they say, by their names
   */
  async health(timeoutMs = 1000): Promise<Readonly<Record<string, ServiceHealth>>> {
    const all = this.services.map(async (service) => [service.name, await service.health(timeoutMs)] as const)
    return Object.fromEntries(await Promise.all(all))
  }

  /**
   * Has the signals stop the host, then shut its emitter down, and then exit, as `closeOnSignals` does for an emitter alone.
   *
   * @param signals default: `SIGTERM` and `SIGINT`
   * @param options `timeoutMs` for the host, and again for the emitter
   * @returns the undo
   * @throws InvalidOptionError when a signal cannot be listened to
   */
  stopOnSignals(signals?: readonly NodeJS.Signals[], options: StopOptions = {}): Disposable {
    const closable = {
      shutdown: async (limits: StopOptions): Promise<void> => {
        await this.stop(limits)
        await this.#emitter.shutdown(limits)
      },
      terminate: async (): Promise<void> => {
        await this.kill()
        await this.#emitter.terminate()
      },
    }
    return closeOnSignals(closable, signals, options)
  }

  /** Stops all services. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #start(): Promise<void> {
    if (isImportingHandlers() || realmKind() !== 'main') {
      throw new NestedExecutorError(
        `a host was started in a worker${isImportingHandlers() ? ', while that was importing a module' : ''}`,
        'guard the main code of that module with `if (isMainRealm) { … }`, or keep services in a module of their own',
      )
    }
    const ready = new Map<string, Promise<void>>()
    for (const [name, { supervisor, dependsOn }] of this.#entries) {
      ready.set(
        name,
        this.#startAfter(
          dependsOn.flatMap((dependency) => ready.get(dependency) ?? []),
          supervisor,
        ),
      )
    }
    try {
      await Promise.all(ready.values())
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async #startAfter(dependencies: readonly Promise<void>[], supervisor: Supervisor): Promise<void> {
    await Promise.all(dependencies)
    if (this.#stopping === undefined) await supervisor.start()
    if (supervisor.status !== 'ready') {
      throw new HostStartError(supervisor.label, supervisor.error ?? new Error(`it is ${supervisor.status}`))
    }
  }

  async #stop(): Promise<void> {
    const stopped = new Map<string, Promise<void>>()
    const entries = [...this.#entries].reverse()
    for (const [name, { supervisor }] of entries) {
      const dependents = entries.flatMap(([other, { dependsOn }]) =>
        dependsOn.includes(name) ? (stopped.get(other) ?? []) : [],
      )
      stopped.set(
        name,
        Promise.all(dependents).then(() => supervisor.stop()),
      )
    }
    await Promise.all(stopped.values())
  }

  /** @returns whether it could be emitted */
  #announce(transition: ServiceTransition): boolean {
    try {
      this.#emitter.emit(ServiceChanged.name, transition)
      return true
    } catch (error) {
      // Its emitter may have ended before it.
      if (!(error instanceof EmitterClosedError))
        warnOfFailure(ServiceChanged.name, `host of service ${transition.service}`, error)
      return false
    }
  }
}
