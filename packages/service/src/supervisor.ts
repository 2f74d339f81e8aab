import { performance } from 'node:perf_hooks'
import { ServiceLostError, type ServiceLoss } from './errors.js'
import { Incarnation, type NamedEmitter } from './incarnation.js'
import { Mailbox } from './mailbox.js'
import { ServiceLinks } from './service-links.js'
import { concurrencyOf } from './service-mode.js'
import type { ResolvedService } from './service-options.js'
import { ServiceChanged, type ServiceTransition } from './service-transition.js'
import { IDLE, supervise, type ServiceStatus, type SupervisionInput } from './supervision.js'
import { within } from './within.js'

/** Runs one service: starts it, restarts it, and ends it. */
export class Supervisor {
  readonly service: ResolvedService
  readonly #emitter: NamedEmitter
  readonly #onChange: (transition: ServiceTransition) => boolean
  readonly #mailbox: Mailbox
  readonly #links: ServiceLinks
  #supervision = IDLE
  #incarnation: Incarnation | undefined
  #started = 0
  /** Whether the last transition could be told of. */
  #isTold = false
  #error: ServiceLostError | undefined
  #restartTimer: NodeJS.Timeout | undefined
  #stopping: Promise<void> | undefined
  readonly #waiters: { readonly isOver: (status: ServiceStatus) => boolean; readonly resolve: () => void }[] =
    []

  constructor(
    service: ResolvedService,
    emitter: NamedEmitter,
    onChange: (transition: ServiceTransition) => boolean,
  ) {
    const { mode, maxWaiting, whileDown } = service
    const concurrency = concurrencyOf(mode)
    this.service = service
    this.#emitter = emitter
    this.#onChange = onChange
    this.#mailbox = new Mailbox({ service: this.label, concurrency, maxWaiting, whileDown })
    this.#links = new ServiceLinks(emitter.linker, this.#mailbox)
  }

  get label(): string {
    return `service ${this.service.name} (${this.service.mode})`
  }

  get status(): ServiceStatus {
    return this.#supervision.status
  }

  /** How often it has been started. */
  get incarnation(): number {
    return this.#started
  }

  /** Its last crash. */
  get error(): ServiceLostError | undefined {
    return this.#error
  }

  /** How many events wait for it. */
  get waiting(): number {
    return this.#mailbox.waiting
  }

  /** Starts it; resolves when it is ready, or never will be. */
  async start(): Promise<void> {
    this.#input({ kind: 'start' })
    await this.#until((status) => status !== 'starting' && status !== 'down')
  }

  /** Stops it in peace, within its time; then it is killed. Resolves when nothing of it is left. */
  stop(timeoutMs = this.service.stopTimeoutMs): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs)
    return this.#stopping
  }

  /** Ends it now. Resolves when nothing of it is left. */
  async kill(): Promise<void> {
    this.#input({ kind: 'stop' })
    this.#incarnation?.kill({ reason: 'was killed by its host' })
    await this.#until((status) => status === 'stopped')
  }

  /** What it says of its health; throws what its check throws, or that there is nobody to ask. */
  async check(): Promise<unknown> {
    if (this.status === 'ready' && this.#incarnation) return await this.#incarnation.check()
    throw this.#error ?? new Error(`the service is ${this.status}`)
  }

  async #stop(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    const wasReady = this.status === 'ready'
    using heard = wasReady ? this.#hearOfStop() : undefined
    this.#input({ kind: 'stop' })
    if (heard && this.#isTold) await within(timeoutMs / 2, heard.promise)
    this.#links.unlink()
    const incarnation = this.#incarnation
    if (incarnation) {
      if (wasReady) await within(timeoutMs / 2, Promise.race([this.#mailbox.idle(), this.#stopped()]))
      this.#mailbox.close('it is stopping')
      incarnation.stop(new Error('the service is to stop'))
      if (!(await within(Math.max(1, deadline - performance.now()), this.#stopped()))) {
        incarnation.kill({ reason: `did not stop within ${String(timeoutMs)} ms, and was killed` })
      }
    }
    await this.#stopped()
  }

  /** Resolves when others hear that it stops: by then, what was emitted before has reached its links. */
  #hearOfStop(): Disposable & { readonly promise: Promise<unknown> } {
    const unlinking = new AbortController()
    const promise = this.#emitter.linker.next(ServiceChanged, {
      filter: ({ service, to }) => service === this.service.name && to === 'stopping',
      signal: unlinking.signal,
    })
    return {
      promise: promise.catch(() => undefined),
      [Symbol.dispose]: () => {
        unlinking.abort()
      },
    }
  }

  #stopped(): Promise<void> {
    return this.#until((status) => status === 'stopped')
  }

  async #until(isOver: (status: ServiceStatus) => boolean): Promise<void> {
    if (isOver(this.status)) return
    await new Promise<void>((resolve) => this.#waiters.push({ isOver, resolve }))
  }

  #input(input: SupervisionInput, loss?: ServiceLoss): void {
    const { next, action } = supervise(
      this.#supervision,
      input,
      this.service.restart,
      performance.now(),
      Math.random(),
    )
    if (next === this.#supervision) return
    const from = this.status
    this.#supervision = next
    if (action.kind === 'launch') this.#started += 1
    this.#enter(next.status)
    this.#isTold = this.#onChange({
      service: this.service.name,
      from,
      to: next.status,
      incarnation: this.#started,
      reason: loss && this.#reasonOf(loss),
      delayMs: action.kind === 'wait' ? action.delayMs : undefined,
    })
    if (action.kind === 'launch') this.#launch()
    if (action.kind === 'wait') this.#restartAfter(action.delayMs)
    this.#wake()
  }

  #reasonOf({ reason, cause }: ServiceLoss): string {
    return cause instanceof Error && !reason.includes(cause.message) ? `${reason}: ${cause.message}` : reason
  }

  #enter(status: ServiceStatus): void {
    if (status === 'ready' && this.#incarnation) {
      this.#links.settle()
      this.#mailbox.open(this.#incarnation)
    }
    if (status === 'failed') this.#mailbox.close('it has failed, and is not restarted', this.#error)
    if (status === 'stopped') {
      clearTimeout(this.#restartTimer)
      this.#links.unlink()
      this.#mailbox.close('it has been stopped')
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) {
      if (waiter.isOver(this.status)) waiter.resolve()
      else this.#waiters.push(waiter)
    }
  }

  #restartAfter(delayMs: number): void {
    this.#restartTimer = setTimeout(() => {
      this.#input({ kind: 'due' })
    }, delayMs)
  }

  #launch(): void {
    this.#links.renew()
    try {
      this.#incarnation = new Incarnation({
        service: this.service,
        number: this.#started,
        emitter: this.#emitter,
        mailbox: this.#mailbox,
        links: this.#links,
        observer: {
          ready: () => {
            this.#input({ kind: 'ready' })
          },
          losing: (loss) => {
            this.#suspend(loss)
          },
          ended: (loss, isHopeless) => {
            this.#ended(loss, isHopeless)
          },
        },
      })
    } catch (cause) {
      queueMicrotask(() => {
        this.#ended({ reason: 'could not be started', cause }, true)
      })
    }
  }

  #suspend(loss: ServiceLoss): void {
    this.#mailbox.suspend((event) => new ServiceLostError(this.label, loss, event))
  }

  #ended(loss: ServiceLoss | undefined, isHopeless: boolean): void {
    this.#incarnation = undefined
    if (loss) this.#error = new ServiceLostError(this.label, loss)
    this.#suspend(loss ?? { reason: 'stopped' })
    this.#input({ kind: 'lost', isHopeless }, loss)
  }
}
