import { onAbort } from '../abort-listener.js'
import { debugLog, type DebugLog } from '../tracing/debug-log.js'
import { HandlerNotPortableError, InvalidLinkError, LinkLimitError } from '../errors/errors.js'
import { describeEvents, eventKeys } from '../event/event-selector.js'
import { warnOfHook } from '../errors/failure-report.js'
import {
  checkFunction,
  checkPortableFunction,
  handlerLabel,
  isAddressable,
  type BoundHandler,
} from '../handler/handler.js'
import { checkLinkOptions, Link, type LinkOptions, type LinkReceiver } from './link.js'
import { LinkRegistry } from './link-registry.js'
import type { LinkerOptions } from './linker-options.js'

/** A link as it is asked for. */
export interface LinkRequest {
  /** A selector, or several. */
  readonly events: unknown
  readonly bound: BoundHandler
  readonly options: LinkOptions
  readonly receiver?: LinkReceiver | undefined
}

/** Makes and ends the links of a linker, and keeps them within its limits. */
export class Subscriptions {
  readonly registry = new LinkRegistry()
  readonly #options: LinkerOptions
  readonly #debug: DebugLog | undefined
  readonly #unlisten = new WeakMap<Link, () => void>()
  #linksMade = 0

  constructor(options: LinkerOptions) {
    this.#options = options
    this.#debug = debugLog(options.debug)
  }

  /**
   * Makes all of the links or none; where the same is there already, that one is given.
   *
   * @throws HandlerNotPortableError, InvalidLinkError, InvalidOptionError, InvalidEventError, LinkLimitError
   */
  add(requests: readonly LinkRequest[]): Link[] {
    const made = new LinkRegistry()
    const links = requests.map((request) => {
      const present = this.#present(request, made)
      if (present !== undefined) return present
      const link = this.#make(request)
      made.add(link)
      return link
    })
    const added = made.links.filter(({ options }) => !options.signal?.aborted)
    this.#checkLimits(added)
    for (const link of added) this.#insert(link)
    for (const link of made.links) if (link.options.signal?.aborted) link.unlink()
    for (const link of added) this.#tell('onLink', link, link.events)
    return links
  }

  /** Takes events away from a link, which ends when none is left. */
  withdraw(link: Link, keys: readonly string[]): void {
    const left = link.events.filter((key) => !keys.includes(key))
    if (left.length === 0) {
      link.unlink()
      return
    }
    const gone = link.events.filter((key) => keys.includes(key))
    this.registry.withdraw(link, gone)
    link.narrow(left)
    this.#tell('onUnlink', link, gone)
  }

  /** The same link, where it is there already, or among those that are about to be made. */
  #present({ events, bound, options }: LinkRequest, made: LinkRegistry): Link | undefined {
    const keys = eventKeys(events)
    const where = (): string => `${describeEvents(keys)}, handler ${handlerLabel(bound)}`
    checkFunction(bound.handler, describeEvents(keys))
    checkLinkOptions(options, where)
    if (!options.local && !isAddressable(bound)) throw notAddressable(bound, where())
    const [present = made.linksOf(bound, keys)[0]] = this.registry.linksOf(bound, keys)
    if (present?.isSame(keys, options) === false) throw linkedOtherwise(present, keys, where())
    return present
  }

  #make({ events, bound, options, receiver }: LinkRequest): Link {
    const onEnd = (link: Link): void => {
      this.#unlisten.get(link)?.()
      if (!this.registry.delete(link)) return
      link.receiver?.ended(link)
      this.#tell('onUnlink', link, link.events)
    }
    this.#linksMade += 1
    return new Link({ events: eventKeys(events), bound, options, position: this.#linksMade, onEnd, receiver })
  }

  #insert(link: Link): void {
    const { signal } = link.options
    if (signal !== undefined) {
      const unlisten = onAbort(signal, () => {
        link.unlink()
      })
      this.#unlisten.set(link, unlisten)
    }
    this.registry.add(link)
  }

  #checkLimits(added: readonly Link[]): void {
    const { name = '(unnamed)', maxLinks, maxLinksPerEvent } = this.#options
    if (maxLinks !== undefined && this.registry.size + added.length > maxLinks)
      throw new LinkLimitError('maxLinks', maxLinks, `linker ${name}`)
    if (maxLinksPerEvent === undefined) return
    const counts = new Map<string, number>()
    for (const key of added.flatMap(({ events }) => events)) {
      const count = (counts.get(key) ?? this.registry.countAt(key)) + 1
      if (count > maxLinksPerEvent) {
        throw new LinkLimitError(
          'maxLinksPerEvent',
          maxLinksPerEvent,
          `linker ${name}, ${describeEvents([key])}`,
        )
      }
      counts.set(key, count)
    }
  }

  /** What the user's hook throws is no reason for the link not to be made, nor to go unnoticed. */
  #tell(hook: 'onLink' | 'onUnlink', link: Link, keys: readonly string[]): void {
    if (hook === 'onLink') this.#debug?.linked(link.label, keys)
    else this.#debug?.unlinked(link.label, keys)
    const callback = this.#options[hook]
    if (callback === undefined) return
    for (const event of keys) {
      try {
        callback({ event, link, count: this.registry.countAt(event) })
      } catch (error) {
        warnOfHook(hook, event, link.label, error)
      }
    }
  }
}

function linkedOtherwise(link: Link, keys: readonly string[], where: string): InvalidLinkError {
  const isAboutOptions = link.isSame(keys, link.options)
  return new InvalidLinkError(
    isAboutOptions
      ? `the handler is linked to ${keys.length === 1 ? 'this event' : 'these events'} already, with other options`
      : `the handler has a link to ${describeEvents(link.events)} already, so it would run twice`,
    where,
    isAboutOptions ? 'unlink it first, or link another handler' : 'name all of its events in one link',
  )
}

function notAddressable({ handler }: BoundHandler, where: string): HandlerNotPortableError {
  try {
    checkPortableFunction(handler, where)
  } catch (error) {
    if (error instanceof HandlerNotPortableError) return error
  }
  return new HandlerNotPortableError(
    'the handler has no address, so no other realm could find it',
    where,
    `define it at the top level of its module with defineHandler(import.meta.url, ${handler.name}), decorate it, or link it with { local: true }`,
  )
}
