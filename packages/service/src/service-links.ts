import { anyEvent, type EventLinker, type HandlerContext, type Link } from '@eventlane/core'
import type { Mailbox } from './mailbox.js'

/** The linker as it is used here: by the names of events. */
type NamedLinker = EventLinker<Record<string, unknown>>

/** One subscription of a service, across its incarnations. */
export interface ServiceLink {
  readonly keys: readonly string[]
  /** What the present incarnation calls it; `undefined` where it has not subscribed again. */
  id: number | undefined
  link: Link | undefined
}

/**
 * The links that stand for a service's subscriptions. They stay while the service is down, so that events wait for it; one to which
 * the next incarnation does not subscribe until it is ready goes.
 */
export class ServiceLinks {
  readonly #linker: NamedLinker
  readonly #mailbox: Mailbox
  readonly #links = new Set<ServiceLink>()

  constructor(linker: NamedLinker, mailbox: Mailbox) {
    this.#linker = linker
    this.#mailbox = mailbox
  }

  /** A new incarnation, which has no subscriptions yet. */
  renew(): void {
    for (const link of this.#links) link.id = undefined
  }

  /**
   * The service has subscribed.
   *
   * @throws LinkLimitError
   */
  subscribe(id: number, keys: readonly string[]): void {
    const known = [...this.#links].find(
      (link) =>
        link.id === undefined &&
        link.keys.length === keys.length &&
        link.keys.every((key, index) => key === keys[index]),
    )
    if (known) {
      known.id = id
      return
    }
    const made: ServiceLink = { keys, id, link: undefined }
    const forward = (payload: unknown, context: HandlerContext): Promise<unknown> =>
      this.#mailbox.take(made, payload, context)
    // The key of anyEvent is no name that a linker takes.
    const selectors = keys.map((key) => (key === '**' ? anyEvent : key))
    made.link = this.#linker.on(selectors, forward as never, { local: true })
    this.#links.add(made)
  }

  unsubscribe(id: number): void {
    for (const link of this.#links) if (link.id === id) this.#remove(link)
  }

  /** The incarnation is ready: it has subscribed to what it needs. */
  settle(): void {
    for (const link of this.#links) if (link.id === undefined) this.#remove(link)
  }

  /** The service gets no new events; those that wait still reach it. */
  unlink(): void {
    for (const { link } of this.#links) link?.unlink()
    this.#links.clear()
  }

  #remove(link: ServiceLink): void {
    this.#links.delete(link)
    link.link?.unlink()
    this.#mailbox.forget(link)
  }
}
