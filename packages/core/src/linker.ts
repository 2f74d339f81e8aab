import { onAbort } from './abort-listener.js'
import { callerModule } from './call-site.js'
import {
  decorateHandler,
  recordedMethods,
  type DecoratorOptions,
  type HandlerDecorator,
} from './handler-decorator.js'
import { HandlerNotPortableError, InvalidLinkError } from './errors.js'
import { eventName, type DefaultEvents, type EventReference } from './event-definition.js'
import {
  describeEvents,
  eventKeys,
  type ContextFor,
  type EventSelection,
  type PayloadFor,
} from './event-selector.js'
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
import { LinkRegistry } from './link-registry.js'
import { checkOptions } from './options.js'
import { sharedState } from './shared-state.js'
import { showValue } from './thrown.js'

declare const events: unique symbol

/** What a linker does for all of its links. */
export interface LinkerOptions extends SettlementCallbacks {
  /** Appears in error messages. */
  readonly name?: string
}

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
  readonly #registry = new LinkRegistry()
  #linksMade = 0

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
   * Links a handler to an event, or to several; as a decorator, links the method it decorates.
   *
   * The handler must have been given an address by `defineHandler` or a decorator, unless the link is `local`. Linking the
   * same handler to the same events with the same options again gives the same link. The handler of several events tells them
   * apart by `context.event`, which narrows `context.payload`; an emission runs it at most once.
   *
   * @param events a definition or a name of the linker's event map, or a list of them
   * @param handler called with each payload
   * @param options see {@link LinkOptions}
   * @returns the link, which unlinks when disposed; or a decorator for static methods (linked when the class is defined)
   *   and instance methods (linked by {@link bind})
   * @throws HandlerNotPortableError when the handler has no address and is not local; InvalidLinkError when it is linked to
   *   one of the events with other events or options, or is undefined; InvalidOptionError; InvalidEventError
   * @example
   * ```ts
   * import { defineEvent, defineHandler, EventLinker, payload } from '@eventlane/core'
   *
   * const Tick = defineEvent('tick')
   * const OrderPlaced = defineEvent('order.placed', payload<{ total: number }>())
   * const linker = new EventLinker()
   * const count = defineHandler(import.meta.url, function count() {})
   *
   * linker.on(Tick, count)
   * linker.on(Tick, () => console.log('tick'), { local: true })
   * linker.on(
   *   [Tick, OrderPlaced],
   *   (_, context) => {
   *     if (context.event === 'order.placed') console.log(context.payload.total)
   *   },
   *   { local: true },
   * )
   *
   * export class Clock {
   *   @linker.on(Tick)
   *   static strike(): void {}
   * }
   * ```
   */
  on<const Selection extends EventSelection<Events>>(
    events: Selection,
    options?: DecoratorOptions<PayloadFor<Events, Selection>>,
  ): HandlerDecorator<PayloadFor<Events, Selection>, ContextFor<Events, Selection>>
  on<const Selection extends EventSelection<Events>>(
    events: Selection,
    handler: Handler<PayloadFor<Events, Selection>, unknown, ContextFor<Events, Selection>>,
    options?: LinkOptions<PayloadFor<Events, Selection>>,
  ): Link
  on(events: unknown, ...rest: readonly unknown[]): HandlerDecorator<never> | Link {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is only looked for on the stack
    return this.#onOrDecorate(events, rest, {}, EventLinker.prototype.on)
  }

  /** Like {@link on}, for one task: the link is used up when an `emit` succeeds whose payload passes the `filter`. */
  once<const Selection extends EventSelection<Events>>(
    events: Selection,
    options?: DecoratorOptions<PayloadFor<Events, Selection>>,
  ): HandlerDecorator<PayloadFor<Events, Selection>, ContextFor<Events, Selection>>
  once<const Selection extends EventSelection<Events>>(
    events: Selection,
    handler: Handler<PayloadFor<Events, Selection>, unknown, ContextFor<Events, Selection>>,
    options?: LinkOptions<PayloadFor<Events, Selection>>,
  ): Link
  once(events: unknown, ...rest: readonly unknown[]): HandlerDecorator<never> | Link {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is only looked for on the stack
    return this.#onOrDecorate(events, rest, { once: true }, EventLinker.prototype.once)
  }

  /**
   * Unlinks a handler from an event, or from several; of an instance method, the links of all instances. A link to further
   * events goes on with those.
   *
   * @returns whether there was such a link
   */
  off<const Selection extends EventSelection<Events>>(
    events: Selection,
    handler: Handler<PayloadFor<Events, Selection>, unknown, never>,
  ): boolean {
    const keys = eventKeys(events)
    const isMeant = ({ bound }: Link): boolean => bound.handler === (handler as unknown)
    const links = new Set(keys.flatMap((key) => this.#registry.linksAt(key).filter(isMeant)))
    for (const link of links) this.#withdraw(link, keys)
    return links.size > 0
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
      for (const { events, key, options } of methods) {
        const handler = (instance as Record<typeof key, Handler>)[key] as Handler
        const bound = { handler, receiver: instance, address: undefined }
        links.push(this.subscribe(events, bound, { ...options, local: true }))
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

  /** The links that an emission of an event goes to, or all, in link order: a copy. */
  links(event?: EventReference<Events>): Link[] {
    return [...(event === undefined ? this.#registry.links : this.match(eventName(event)))]
  }

  /** Removes all links. */
  clear(): void {
    for (const link of this.#registry.links) link.unlink()
  }

  /** The links that an emission of this name goes to, at this moment, in link order. Called by emitters. */
  match(name: string): readonly Link[] {
    return this.#registry.match(name)
  }

  /** Makes a link, or gives the one that is there. Called by decorators. */
  subscribe(events: unknown, bound: BoundHandler, options: LinkOptions): Link {
    const keys = eventKeys(events)
    const where = (): string => `${describeEvents(keys)}, handler ${handlerLabel(bound)}`
    checkFunction(bound.handler, describeEvents(keys))
    checkLinkOptions(options, where)
    if (!options.local && !isAddressable(bound)) throw notAddressable(bound, where())
    for (const link of this.#registry.linksOf(bound, keys)) {
      if (link.isSame(keys, options)) return link
      throw linkedOtherwise(link, keys, where())
    }
    let unlisten: (() => void) | undefined
    const link = new Link({
      events: keys,
      bound,
      options,
      position: (this.#linksMade += 1),
      onEnd: (ended) => {
        unlisten?.()
        this.#registry.delete(ended)
      },
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
    this.#registry.add(link)
    return link
  }

  /** Takes events away from a link, which ends when none is left. */
  #withdraw(link: Link, keys: readonly string[]): void {
    const left = link.events.filter((key) => !keys.includes(key))
    if (left.length === 0) {
      link.unlink()
      return
    }
    this.#registry.delete(
      link,
      link.events.filter((key) => keys.includes(key)),
    )
    link.narrow(left)
  }

  #onOrDecorate(
    events: unknown,
    rest: readonly unknown[],
    fixed: LinkOptions,
    callee: (...args: never[]) => unknown,
  ): HandlerDecorator<never> | Link {
    const [first, second = {}] = rest
    const where = (): string => describeEvents(eventKeys(events))
    if (typeof first === 'function') {
      checkLinkOptions(second, where)
      return this.subscribe(events, boundHandler(first as Handler), { ...second, ...fixed })
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
      events,
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
