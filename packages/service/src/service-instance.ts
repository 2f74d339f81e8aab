import { EmitterClosedError, HandlerNotPortableError, payloads, type Handler } from '@eventlane/core'
import {
  Admission,
  emittedBy,
  eventKeys,
  handlerAt,
  validatePayload,
  warnOfFailure,
} from '@eventlane/core/executor'
import {
  findHandler,
  importClasses,
  nameClass,
  Outbox,
  type LaneConnection,
} from '@eventlane/worker-pool/worker'
import { ServiceCall, type CallHost } from './service-call.js'
import type { ServiceContext, ServiceSubscription, StopService } from './service-context.js'
import type { ServiceStarter } from './service-definition.js'
import type { HostItem, ServiceItem, ServiceStart } from './service-message.js'

type EventItem = Extract<HostItem, readonly ['event', ...unknown[]]>

/** One incarnation of a service, in the realm that it lives in. */
export class ServiceInstance implements CallHost {
  readonly start: ServiceStart
  readonly outbox: Outbox<ServiceItem>
  readonly #controller = new AbortController()
  readonly #handlers = new Map<number, Handler>()
  readonly #calls = new Map<number, ServiceCall>()
  readonly #admissions = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>()
  /** Calls of handlers, and emissions that have no answer yet. */
  readonly #pending = new Set<Promise<unknown>>()
  #starting: Promise<StopService | undefined> | undefined
  #check: (() => unknown) | undefined
  #state: 'starting' | 'ready' | 'over' = 'starting'
  #isStopping = false
  #subscriptions = 0
  #requests = 0

  constructor(connection: LaneConnection<ServiceItem, HostItem>, start: ServiceStart) {
    this.start = start
    this.outbox = new Outbox((items) => {
      connection.post(items)
    }, Number.POSITIVE_INFINITY)
  }

  /** Makes the instance: finds the service, decodes its config and calls its `start`. */
  run(): void {
    this.#starting = this.#start()
    this.#starting.then(
      () => {
        this.#ready()
      },
      (error: unknown) => {
        if (this.#isStopping) return
        const isHopeless = error instanceof HandlerNotPortableError
        this.#failed(
          this.#state === 'starting' ? 'failed to start' : 'ended with an error',
          error,
          isHopeless,
        )
      },
    )
  }

  receive(items: readonly HostItem[]): void {
    for (const item of items) this.#receive(item)
  }

  /** Its host has given it up. */
  abandon(reason: unknown): void {
    this.#state = 'over'
    for (const call of this.#calls.values()) call.abort(reason)
    this.#controller.abort(reason)
    for (const { reject } of this.#admissions.values()) reject(reason)
    this.#admissions.clear()
  }

  #receive(item: HostItem): void {
    switch (item[0]) {
      case 'start':
        return
      case 'class':
        nameClass(item[1], item[2])
        return
      case 'event':
        this.#waitFor(this.#handle(item))
        return
      case 'cancel':
        this.#calls.get(item[1])?.abort(payloads.decodeThrown(item[2]))
        return
      case 'admitted': {
        const [, request, error] = item
        const admission = this.#admissions.get(request)
        this.#admissions.delete(request)
        if (error === null) admission?.resolve()
        else admission?.reject(payloads.decodeThrown(error))
        return
      }
      case 'ping':
        this.outbox.push(['pong'])
        return
      case 'check':
        void this.#answerCheck(item[1])
        return
      case 'stop':
        void this.#stop(item[1])
    }
  }

  async #start(): Promise<StopService | undefined> {
    const { module, address, loader, config } = this.start
    const at = { module, name: address }
    // On the event loop of the program it has been defined; importing its module again could make a second one.
    const found = handlerAt(at) ?? (await findHandler(at, loader))
    await importClasses(config, loader)
    const starter = found.handler as unknown as ServiceStarter
    const stop = await starter(this.#context(payloads.decode(config)))
    return typeof stop === 'function' ? (stop as StopService) : undefined
  }

  #context(config: unknown): ServiceContext {
    const { name, mode, incarnation } = this.start
    return {
      name,
      mode,
      incarnation,
      config,
      signal: this.#controller.signal,
      on: ((events: unknown, handler: Handler) => this.#subscribe(events, handler)) as ServiceContext['on'],
      emit: (event: unknown, ...rest: readonly unknown[]) => this.emit(event, rest, null),
      ready: () => {
        this.#ready()
      },
      fail: (error) => {
        this.#failed('gave up', error, false)
      },
      health: (check) => {
        this.#check = check
      },
    }
  }

  #ready(): void {
    if (this.#state !== 'starting') return
    this.#state = 'ready'
    this.outbox.push(['ready'])
  }

  #failed(what: string, error: unknown, isHopeless: boolean): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.outbox.push(['failed', what, payloads.encodeThrown(error), isHopeless ? 1 : 0])
    this.outbox.flush()
  }

  #subscribe(events: unknown, handler: Handler): ServiceSubscription {
    const keys = eventKeys(events)
    const id = (this.#subscriptions += 1)
    this.#handlers.set(id, handler)
    this.outbox.push(['subscribe', id, keys])
    const unsubscribe = (): void => {
      if (this.#handlers.delete(id)) this.outbox.push(['unsubscribe', id])
    }
    return { unsubscribe, [Symbol.dispose]: unsubscribe }
  }

  async #handle(item: EventItem): Promise<void> {
    const [, id, subscription, , , , payload, metadata] = item
    const call = new ServiceCall(this, item)
    this.#calls.set(id, call)
    try {
      const importing = importClasses(payload + metadata, this.start.loader)
      if (importing !== undefined) await importing
      const result = await call.run(this.#handlers.get(subscription))
      this.outbox.push(['fulfilled', id, result])
    } catch (error) {
      this.outbox.push(['rejected', id, payloads.encodeThrown(error)])
    } finally {
      this.#calls.delete(id)
    }
  }

  emit(event: unknown, rest: readonly unknown[], call: number | null): Promise<void> {
    const { name, input } = emittedBy(event, rest)
    const payload = payloads.encode(validatePayload(event, input), { event: name, handler: this.label })
    const request = (this.#requests += 1)
    const admitted = new Promise<void>((resolve, reject) => {
      if (this.#state === 'over') {
        reject(new EmitterClosedError('the service has ended', name))
        return
      }
      this.#admissions.set(request, { resolve, reject })
      this.outbox.push(['emit', request, call, name, payload])
    })
    this.#waitFor(admitted)
    return Admission.of(admitted, (error) => {
      warnOfFailure(name, this.label, error)
    })
  }

  get label(): string {
    return `service ${this.start.name}`
  }

  async #answerCheck(request: number): Promise<void> {
    try {
      const detail: unknown = await this.#check?.()
      this.outbox.push([
        'checked',
        request,
        1,
        payloads.encode(detail, { root: 'health', handler: this.label }),
      ])
    } catch (error) {
      this.outbox.push(['checked', request, 0, payloads.encodeThrown(error)])
    }
  }

  /** Says when everything that the service has begun is over. */
  async #stop(reason: string): Promise<void> {
    if (this.#isStopping || this.#state === 'over') return
    this.#isStopping = true
    this.#controller.abort(payloads.decodeThrown(reason))
    try {
      const stop = await this.#starting
      await stop?.()
    } catch (error) {
      // Of work that was interrupted, that is how it ends.
      if (error !== this.#controller.signal.reason && !isAbortError(error)) {
        this.#failed('failed to stop', error, false)
        return
      }
    }
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending)
    this.#state = 'over'
    this.outbox.push(['stopped'])
    this.outbox.flush()
  }

  #waitFor(promise: Promise<unknown>): void {
    const settled = (): boolean => this.#pending.delete(promise)
    this.#pending.add(promise)
    promise.then(settled, settled)
  }
}

function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
