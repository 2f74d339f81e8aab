import { LateEmissionError, payloads, type EventEmitter, type LocalExecutionMode } from '@eventlane/core'
import { classEventModules, classEventVersion } from '@eventlane/core/executor'
import { describeExit, exitCause, type WorkerExit } from '@eventlane/worker-pool'
import { Outbox } from '@eventlane/worker-pool/worker'
import type { ServiceLoss } from './errors.js'
import { Heartbeat } from './heartbeat.js'
import { InlineRealm } from './inline-realm.js'
import type { Mail, Mailbox, MailTaker } from './mailbox.js'
import { ProcessRealm } from './process-realm.js'
import type { Realm } from './realm.js'
import type { ServiceLink, ServiceLinks } from './service-links.js'
import type { HostItem, ServiceItem } from './service-message.js'
import type { ResolvedService } from './service-options.js'
import { ThreadRealm } from './thread-realm.js'
import { within } from './within.js'

/** The emitter as it is used here: by the names of events. */
export type NamedEmitter = EventEmitter<Record<string, unknown>>

/** The end of a worker that has been told to may take so long, in milliseconds; no thread is interrupted in native code. */
const KILL_MS = 2000
/** How long a process that has stopped may take to exit, in milliseconds. */
const DISMISS_MS = 1000

/** Who is told what becomes of an incarnation. */
interface IncarnationObserver {
  ready(): void
  /** It is of no use any more, and is being ended. */
  losing(loss: ServiceLoss): void
  /** It is over, as a crash or because it was told to stop; said once, when nothing of its realm is left. */
  ended(loss: ServiceLoss | undefined, isHopeless: boolean): void
}

/** What an incarnation is made of. */
export interface IncarnationParts {
  readonly service: ResolvedService
  /** Which start it is, from 1. */
  readonly number: number
  readonly emitter: NamedEmitter
  readonly mailbox: Mailbox
  readonly links: ServiceLinks
  readonly observer: IncarnationObserver
}

/** One life of a service, from the start of its realm to the end of it, as the host sees it. */
export class Incarnation implements MailTaker {
  readonly #parts: IncarnationParts
  readonly #realm: Realm
  readonly #outbox: Outbox<HostItem>
  readonly #startTimer: NodeJS.Timeout
  readonly #checks = new Map<
    number,
    { resolve: (detail: unknown) => void; reject: (error: unknown) => void }
  >()
  #heartbeat: Heartbeat | undefined
  #requests = 0
  #classVersion = 0
  /** Why it is over, where that is known before its realm ends. */
  #loss: ServiceLoss | undefined
  #isHopeless = false
  #lastWords: unknown
  /** Whether its realm has come so far as to say so. */
  #isHeard = false
  #hasStopped = false
  #isOver = false

  /** @throws what the constructor of a worker throws, of bad Node.js options for one */
  constructor(parts: IncarnationParts) {
    const { service } = parts
    this.#parts = parts
    this.#realm = createRealm(service)
    this.#outbox = new Outbox((items) => {
      this.#realm.post(items)
    }, Number.POSITIVE_INFINITY)
    this.#realm.onMessage((items) => {
      this.#heartbeat?.heard()
      for (const item of items) this.#receive(item)
    })
    this.#startTimer = setTimeout(() => {
      this.#lose({ reason: `was not ready after ${String(service.startTimeoutMs)} ms` })
    }, service.startTimeoutMs)
    void this.#realm.ended.then((exit) => {
      this.#over(this.#lossOf({ ...exit, error: this.#lastWords ?? exit.error }))
    })
  }

  deliver(id: number, mail: Mail): void {
    const { event, payload, context } = mail
    const link = mail.subscription as ServiceLink
    const { emissionId, parentId = null } = context
    const metadata = payloads.encode(context.metadata)
    this.#nameClasses()
    this.#outbox.push(['event', id, link.id ?? 0, event, emissionId, parentId, payload, metadata])
  }

  cancel(id: number, reason: unknown): void {
    this.#outbox.push(['cancel', id, payloads.encodeThrown(reason)])
  }

  /** What the service says of its health; throws what its check throws. */
  check(): Promise<unknown> {
    const request = (this.#requests += 1)
    return new Promise((resolve, reject) => {
      this.#checks.set(request, { resolve, reject })
      this.#outbox.push(['check', request])
    })
  }

  /** Aborts its signal; it is ended when the service says that it has stopped. */
  stop(reason: unknown): void {
    this.#quieten()
    this.#outbox.push(['stop', payloads.encodeThrown(reason)])
  }

  /** Ends it now. */
  kill(loss: ServiceLoss): void {
    this.#loss ??= loss
    this.#realm.kill()
    void within(KILL_MS, this.#realm.ended).then(() => {
      this.#over(loss)
    })
  }

  /** It is of no use any more. */
  #lose(loss: ServiceLoss): void {
    this.#quieten()
    this.#parts.observer.losing(loss)
    this.kill(loss)
  }

  #quieten(): void {
    clearTimeout(this.#startTimer)
    this.#heartbeat?.stop()
  }

  #lossOf(exit: WorkerExit): ServiceLoss {
    return {
      reason: describeExit(exit, this.#isHeard),
      exitCode: exit.code,
      exitSignal: exit.signal,
      cause: exitCause(exit, this.#isHeard),
    }
  }

  #over(end: ServiceLoss): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#quieten()
    this.#realm.close()
    for (const { reject } of this.#checks.values()) reject(new Error('the service has ended'))
    this.#parts.observer.ended(this.#hasStopped ? undefined : (this.#loss ?? end), this.#isHopeless)
  }

  #receive(item: ServiceItem): void {
    const { mailbox, links, observer } = this.#parts
    switch (item[0]) {
      case 'listening':
        this.#isHeard = true
        this.#start()
        return
      case 'subscribe':
        try {
          links.subscribe(item[1], item[2])
        } catch (cause) {
          this.#lose({ reason: 'could not subscribe', cause })
        }
        return
      case 'unsubscribe':
        links.unsubscribe(item[1])
        return
      case 'ready':
        clearTimeout(this.#startTimer)
        this.#watch()
        observer.ready()
        return
      case 'failed': {
        const [, what, error, isHopeless] = item
        this.#isHopeless = isHopeless === 1
        this.#lose({ reason: what, cause: payloads.decodeThrown(error) })
        return
      }
      case 'stopped':
        this.#hasStopped = true
        this.#realm.dismiss()
        void within(DISMISS_MS, this.#realm.ended).then((hasEnded) => {
          if (!hasEnded) this.kill({ reason: 'did not exit' })
        })
        return
      case 'fulfilled':
        mailbox.settle(item[1], ({ resolve, reject }) => {
          decode(item[2], resolve, reject)
        })
        return
      case 'rejected':
        mailbox.settle(item[1], ({ reject }) => {
          reject(payloads.decodeThrown(item[2]))
        })
        return
      case 'emit':
        void this.#emit(item[1], item[2], item[3], item[4])
        return
      case 'pong':
        return
      case 'checked': {
        const [, request, isHealthy, content] = item
        const check = this.#checks.get(request)
        this.#checks.delete(request)
        if (isHealthy === 1)
          decode(
            content,
            (detail) => check?.resolve(detail),
            (error) => check?.reject(error),
          )
        else check?.reject(payloads.decodeThrown(content))
        return
      }
      case 'ending':
        if (item[1] !== null) this.#lastWords = payloads.decodeThrown(item[1])
    }
  }

  #start(): void {
    const { service, number } = this.#parts
    const { address, name, mode, config, loader } = service
    this.#nameClasses()
    const { module, name: at } = address
    const { limits: payloadLimits } = payloads
    const start = { module, address: at, name, mode, config, incarnation: number, loader, payloadLimits }
    this.#outbox.push(['start', start])
  }

  #nameClasses(): void {
    const version = classEventVersion()
    if (version === this.#classVersion) return
    this.#classVersion = version
    for (const { name, module } of classEventModules()) this.#outbox.push(['class', name, module])
  }

  #watch(): void {
    const { heartbeat } = this.#parts.service
    if (heartbeat === undefined || this.#isOver) return
    this.#heartbeat = new Heartbeat(
      heartbeat,
      () => {
        this.#outbox.push(['ping'])
      },
      () => {
        const silent = String(heartbeat.timeoutMs)
        this.#lose({
          reason: `gave no sign of life for ${silent} ms: its event loop is blocked, or its worker is stopped`,
        })
      },
    )
  }

  async #emit(request: number, id: number | null, event: string, payload: string): Promise<void> {
    const { emitter, mailbox, service } = this.#parts
    let refusal: string | null = null
    try {
      const value = payloads.decode(payload)
      if (id === null) {
        await emitter.emit(event, value).admitted
      } else {
        const mail = mailbox.mail(id)
        if (mail === undefined) throw new LateEmissionError(event, `service ${service.name}`)
        await mail.context.emit(event as never, value as never)
      }
    } catch (error) {
      refusal = payloads.encodeThrown(error)
    }
    if (!this.#isOver) this.#outbox.push(['admitted', request, refusal])
  }
}

function decode(text: string, resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  let value: unknown
  try {
    value = payloads.decode(text)
  } catch (error) {
    reject(error)
    return
  }
  resolve(value)
}

const REALMS: Readonly<Record<LocalExecutionMode, (service: ResolvedService) => Realm>> = {
  'main-event-loop-async': () => new InlineRealm(),
  'separate-thread': ({ realm }) => new ThreadRealm(realm),
  'separate-thread-async': ({ realm }) => new ThreadRealm(realm),
  'separate-process': ({ realm }) => new ProcessRealm(realm),
  'separate-process-async': ({ realm }) => new ProcessRealm(realm),
}

function createRealm(service: ResolvedService): Realm {
  return REALMS[service.mode](service)
}
