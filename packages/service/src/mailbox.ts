import { payloads, type HandlerContext } from '@eventlane/core'
import { ServiceUnavailableError } from './errors.js'

/** An event on its way to a service. */
export interface Mail {
  readonly subscription: object
  readonly event: string
  /** Encoded. */
  readonly payload: string
  readonly context: HandlerContext
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** What a mailbox is about. */
export interface MailboxOptions {
  /** The service in words. */
  readonly service: string
  /** How many events the service may have at once. */
  readonly concurrency: number
  readonly maxWaiting: number
  readonly whileDown: 'wait' | 'reject'
}

/** Who takes the events, while the service is ready. */
export interface MailTaker {
  deliver(id: number, mail: Mail): void
  cancel(id: number, reason: unknown): void
}

/**
 * The events of one service, in the order in which they were emitted: those that wait, and those that it has. It outlives the
 * incarnations of the service. Each event ends with the handler's outcome, or with an error that says why there is none.
 */
export class Mailbox {
  readonly #options: MailboxOptions
  readonly #waiting = new Set<Mail>()
  readonly #delivered = new Map<number, Mail>()
  #taker: MailTaker | undefined
  #closedFor: { readonly reason: string; readonly cause: unknown } | undefined
  #onIdle: (() => void)[] = []
  #ids = 0

  constructor(options: MailboxOptions) {
    this.#options = options
  }

  /** How many events wait. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** An event that the service has. */
  mail(id: number): Mail | undefined {
    return this.#delivered.get(id)
  }

  /**
   * Takes an event in.
   *
   * @returns a promise of what its handler returns
   * @throws ServiceUnavailableError when there is no room or no service, in the promise; PayloadNotPortableError
   */
  take(subscription: object, value: unknown, context: HandlerContext): Promise<unknown> {
    const { event, signal } = context
    const payload = payloads.encode(value, { event, handler: this.#options.service })
    const { promise, ...settlers } = withSettlers()
    const mail: Mail = { subscription, event, payload, context, ...settlers }
    const refusal = this.#refusal()
    if (refusal) {
      mail.reject(this.#unavailable(mail, refusal))
      return promise
    }
    this.#waiting.add(mail)
    const onAbort = (): void => {
      this.#cancel(mail, signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#deliver()
    return promise.finally(() => {
      signal.removeEventListener('abort', onAbort)
    })
  }

  /** The service is ready. */
  open(taker: MailTaker): void {
    this.#taker = taker
    this.#deliver()
  }

  /** The service is gone, perhaps to come back; what it had is lost. */
  suspend(errorOf: (event: string) => unknown): void {
    this.#taker = undefined
    const lost = [...this.#delivered.values()]
    this.#delivered.clear()
    for (const mail of lost) mail.reject(errorOf(mail.event))
    if (this.#options.whileDown === 'reject') this.#rejectWaiting({ reason: 'it is down', cause: undefined })
    this.#settled()
  }

  /** No event reaches the service any more. */
  close(reason: string, cause?: unknown): void {
    this.#closedFor = { reason, cause }
    this.#rejectWaiting(this.#closedFor)
    this.#settled()
  }

  /** A subscription has ended: its events that wait never reach it. */
  forget(subscription: object): void {
    for (const mail of this.#waiting) {
      if (mail.subscription !== subscription) continue
      this.#waiting.delete(mail)
      mail.reject(this.#unavailable(mail, { reason: 'it has ended its subscription', cause: undefined }))
    }
    this.#settled()
  }

  settle(id: number, end: (mail: Mail) => void): void {
    const mail = this.#delivered.get(id)
    if (mail === undefined) return
    this.#delivered.delete(id)
    end(mail)
    this.#deliver()
    this.#settled()
  }

  /** Resolves when no event waits, and the service has none. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle.push(resolve)
      this.#settled()
    })
  }

  #settled(): void {
    if (this.#waiting.size > 0 || this.#delivered.size > 0) return
    const resolvers = this.#onIdle
    this.#onIdle = []
    for (const resolve of resolvers) resolve()
  }

  #deliver(): void {
    for (const mail of this.#waiting) {
      if (this.#taker === undefined || this.#delivered.size >= this.#options.concurrency) return
      this.#waiting.delete(mail)
      const id = (this.#ids += 1)
      this.#delivered.set(id, mail)
      this.#taker.deliver(id, mail)
    }
  }

  #cancel(mail: Mail, reason: unknown): void {
    if (this.#waiting.delete(mail)) {
      mail.reject(reason)
      this.#settled()
      return
    }
    for (const [id, delivered] of this.#delivered) if (delivered === mail) this.#taker?.cancel(id, reason)
  }

  #rejectWaiting(refusal: Refusal): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const mail of waiting) mail.reject(this.#unavailable(mail, refusal))
  }

  #refusal(): Refusal | undefined {
    if (this.#closedFor) return this.#closedFor
    const { whileDown, maxWaiting, concurrency } = this.#options
    const isDown = this.#taker === undefined
    if (isDown && whileDown === 'reject') return { reason: 'it is down', cause: undefined }
    if (this.#waiting.size < maxWaiting || (!isDown && this.#delivered.size < concurrency)) return undefined
    return { reason: `${String(maxWaiting)} events wait for it already`, cause: undefined }
  }

  #unavailable({ event }: Mail, { reason, cause }: Refusal): ServiceUnavailableError {
    const remedy = REMEDIES[this.#closedFor ? 'closed' : 'open']
    return new ServiceUnavailableError(this.#options.service, reason, event, remedy, cause)
  }
}

interface Refusal {
  readonly reason: string
  readonly cause: unknown
}

const REMEDIES = {
  closed: 'stop what emits before the service, or see why it has failed (host.service(name).error)',
  open: "emit more slowly, raise maxWaiting, or let events wait for the restart with whileDown: 'wait'",
}

/** A promise with its settlers; Promise.withResolvers came with Node.js 22. */
function withSettlers(): Pick<Mail, 'resolve' | 'reject'> & { readonly promise: Promise<unknown> } {
  let resolve: Mail['resolve'] = () => undefined
  let reject: Mail['reject'] = () => undefined
  const promise = new Promise<unknown>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise
    reject = rejectPromise
  })
  return { promise, resolve, reject }
}
