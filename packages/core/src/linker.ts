import { onAbort } from './abort-listener.js'
import { callerModule } from './call-site.js'
import {
  decorateHandler,
  recordedMethods,
  type DecoratorOptions,
  type HandlerDecorator,
} from './handler-decorator.js'
import { HandlerNotPortableError, InvalidLinkError } from './errors.js'
import { eventName, type DefaultEvents, type EventReference, type PayloadFor } from './event-definition.js'
import {
  boundHandler,
  checkFunction,
  checkPortableFunction,
  handlerLabel,
  isAddressable,
  type BoundHandler,
  type Handler,
} from './handler.js'
import { checkLinkOptions, Link, type LinkOptions, type SettlementCallbacks } from './link.js'
import { checkOptions } from './options.js'
import { sharedState } from './shared-state.js'
import { showValue } from './thrown.js'

declare const events: unique symbol

/** What a linker does for all of its links. */
export interface LinkerOptions extends SettlementCallbacks {
  /** Appears in error messages. */
  readonly name?: string
}

const NO_LINKS: readonly Link[] = []

const LINKER_OPTIONS = {
  name: (value: unknown) => typeof value === 'string',
  onSuccess: (value: unknown) => typeof value === 'function',
  onFailure: (value: unknown) => typeof value === 'function',
}

/** The links that `linker.bind` made, with one undo. */
export interface Binding extends Disposable {
  readonly links: readonly Link[]
  /** Unlinks them all. */
  unlink(): void
}

/**
 * The registry of links: which handlers run for which events. Every linker is a namespace of its own.
 *
 * @typeParam Events names and payload types of events that are linked and emitted by name
 * @example
 * ```ts
 * import { EventLinker } from '@eventlane/core'
 *
 * const linker = new EventLinker<{ 'user.created': { id: string } }>()
 * linker.on('user.created', (user) => console.log(user.id), { local: true })
 * ```
 */
export class EventLinker<Events extends object = DefaultEvents> {
  /** The linker of the bare decorators, and of emitters that are given none. */
  static readonly default: EventLinker = sharedState(
    'default-linker',
    () => new EventLinker({ name: 'default' }),
  )

  declare readonly [events]?: Events
  readonly #options: LinkerOptions
  // The arrays are never changed, only replaced: an emission holds the one it began with.
  readonly #links = new Map<string, readonly Link[]>()

  /**
   * @param options name, and callbacks for links that have none of their own
   * @throws InvalidOptionError when an option is unknown or of the wrong type
   */
  constructor(options: LinkerOptions = {}) {
    checkOptions(options, LINKER_OPTIONS, () => 'new EventLinker()')
    this.#options = options
  }

  /** The options that it was built with. */
  get options(): LinkerOptions {
    return this.#options
  }

  /**
   * Links a handler to an event; as a decorator, links the method it decorates.
   *
   * The handler must have been given an address by `defineHandler` or a decorator, unless the link is `local`. Linking the
   * same handler to the same event with the same options again gives the same link.
   *
   * @param event a definition, or a name of the linker's event map
   * @param handler called with each payload
   * @param options see {@link LinkOptions}
   * @returns the link, which unlinks when disposed; or a decorator for static methods (linked when the class is defined)
   *   and instance methods (linked by {@link bind})
   * @throws HandlerNotPortableError when the handler has no address and is not local; InvalidLinkError when it is linked to
   *   the event with other options, or is undefined; InvalidOptionError; InvalidEventError
   * @example
   * ```ts
   * import { defineEvent, defineHandler, EventLinker } from '@eventlane/core'
   *
   * const Tick = defineEvent('tick')
   * const linker = new EventLinker()
   * const count = defineHandler(import.meta.url, function count() {})
   *
   * linker.on(Tick, count)
   * linker.on(Tick, () => console.log('tick'), { local: true })
   *
   * export class Clock {
   *   @linker.on(Tick)
   *   static strike(): void {}
   * }
   * ```
   */
  on<Event extends EventReference<Events>>(
    event: Event,
    options?: DecoratorOptions<PayloadFor<Events, Event>>,
  ): HandlerDecorator<PayloadFor<Events, Event>>
  on<Event extends EventReference<Events>>(
    event: Event,
    handler: Handler<PayloadFor<Events, Event>>,
    options?: LinkOptions<PayloadFor<Events, Event>>,
  ): Link
  on(event: unknown, ...rest: readonly unknown[]): HandlerDecorator<never> | Link {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is only looked for on the stack
    return this.#onOrDecorate(event, rest, {}, EventLinker.prototype.on)
  }

  /** Like {@link on}, for one task: the link is used up when an `emit` of the event succeeds. */
  once<Event extends EventReference<Events>>(
    event: Event,
    options?: DecoratorOptions<PayloadFor<Events, Event>>,
  ): HandlerDecorator<PayloadFor<Events, Event>>
  once<Event extends EventReference<Events>>(
    event: Event,
    handler: Handler<PayloadFor<Events, Event>>,
    options?: LinkOptions<PayloadFor<Events, Event>>,
  ): Link
  once(event: unknown, ...rest: readonly unknown[]): HandlerDecorator<never> | Link {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is only looked for on the stack
    return this.#onOrDecorate(event, rest, { once: true }, EventLinker.prototype.once)
  }

  /**
   * Unlinks a handler from an event; of an instance method, the links of all instances.
   *
   * @returns whether there was such a link
   */
  off<Event extends EventReference<Events>>(
    event: Event,
    handler: Handler<PayloadFor<Events, Event>>,
  ): boolean {
    const links = this.match(eventName(event)).filter((link) => link.bound.handler === handler)
    for (const link of links) link.unlink()
    return links.length > 0
  }

  /**
   * Makes local links of the methods of an object that were decorated with this linker's `on` or `once`.
   *
   * @returns the links, with one undo
   * @throws InvalidLinkError when it has none
   * @example
   * ```ts
   * import { defineEvent, EventLinker } from '@eventlane/core'
   *
   * const Tick = defineEvent('tick')
   * const linker = new EventLinker()
   *
   * class Counter {
   *   count = 0
   *   @linker.on(Tick)
   *   increment(): void {
   *     this.count += 1
   *   }
   * }
   *
   * using binding = linker.bind(new Counter())
   * ```
   */
  bind(instance: object): Binding {
    const methods = recordedMethods(instance).filter(({ linker }) => linker === this)
    if (methods.length === 0) {
      throw new InvalidLinkError(
        'this object has no method that is decorated with on() or once() of this linker',
        `${showValue(instance)}, linker ${this.#options.name ?? '(unnamed)'}`,
        'decorate its methods with @linker.on(…) of the linker that binds it; bare @on belongs to EventLinker.default',
      )
    }
    const before = new Set(this.links())
    const links: Link[] = []
    try {
      for (const { event, key, options } of methods) {
        const handler = (instance as Record<typeof key, Handler>)[key] as Handler
        const bound = { handler, receiver: instance, address: undefined }
        links.push(this.link(event, bound, { ...options, local: true }))
      }
    } catch (error) {
      for (const link of links) if (!before.has(link)) link.unlink()
      throw error
    }
    const unlink = (): void => {
      for (const link of links) link.unlink()
    }
    return { links, unlink, [Symbol.dispose]: unlink }
  }

  /** The links of one event, or of all, in link order: a copy. */
  links(event?: EventReference<Events>): Link[] {
    return event === undefined ? [...this.#links.values()].flat() : [...this.match(eventName(event))]
  }

  /** Removes all links. */
  clear(): void {
    for (const link of this.links()) link.unlink()
  }

  /** The links that an emission of this name goes to, at this moment. Called by emitters. */
  match(name: string): readonly Link[] {
    return this.#links.get(name) ?? NO_LINKS
  }

  /** Links a handler that has been resolved already; {@link on} is the public way. */
  link(event: unknown, bound: BoundHandler, options: LinkOptions): Link {
    const name = eventName(event)
    const where = (): string => `event ${JSON.stringify(name)}, handler ${handlerLabel(bound)}`
    checkFunction(bound.handler, `event ${JSON.stringify(name)}`)
    checkLinkOptions(options, where)
    if (!options.local && !isAddressable(bound)) throw notAddressable(bound, where())
    const present = this.match(name)
    for (const link of present) {
      const sameness = link.isSame(bound, options)
      if (sameness === 'same') return link
      if (sameness === 'other-options') {
        throw new InvalidLinkError(
          'the handler is linked to this event already, with other options',
          where(),
          'unlink it first, or link another handler',
        )
      }
    }
    let unlisten: (() => void) | undefined
    const link = new Link(name, bound, options, (ended) => {
      unlisten?.()
      this.#remove(ended)
    })
    if (options.signal?.aborted) {
      link.unlink()
      return link
    }
    if (options.signal) {
      unlisten = onAbort(options.signal, () => {
        link.unlink()
      })
    }
    this.#links.set(name, [...present, link])
    return link
  }

  #remove(link: Link): void {
    const left = this.match(link.event).filter((other) => other !== link)
    if (left.length > 0) this.#links.set(link.event, left)
    else this.#links.delete(link.event)
  }

  #onOrDecorate(
    event: unknown,
    rest: readonly unknown[],
    fixed: LinkOptions,
    callee: (...args: never[]) => unknown,
  ): HandlerDecorator<never> | Link {
    const [first, second = {}] = rest
    const where = (): string => `event ${JSON.stringify(eventName(event))}`
    if (typeof first === 'function') {
      checkLinkOptions(second, where)
      return this.link(event, boundHandler(first as Handler), { ...second, ...fixed })
    }
    if (rest.length > 0 && !isOptionsObject(first)) {
      throw new InvalidLinkError(
        `the handler is ${showValue(first)}`,
        where(),
        'pass a function; where it is imported, look for a circular import',
      )
    }
    return decorateHandler(
      this,
      event,
      { ...(first as DecoratorOptions | undefined), ...fixed },
      callerModule(callee),
    )
  }
}

/** Options of the decorator form, right or wrong, and no attempt at a handler. */
function isOptionsObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
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
