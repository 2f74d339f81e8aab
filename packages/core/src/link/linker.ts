import { callerModule } from '../call-site.js'
import {
  decorateHandler,
  recordedMethods,
  type DecoratorOptions,
  type HandlerDecorator,
} from './handler-decorator.js'
import { InvalidLinkError } from '../errors/errors.js'
import type { DefaultEvents } from '../event/event-definition.js'
import {
  describeEvents,
  eventKey,
  eventKeys,
  isPatternKey,
  type ContextFor,
  type EventSelection,
  type EventSelector,
  type PayloadFor,
  type Received,
} from '../event/event-selector.js'
import { EventStream, type StreamOptions } from './event-stream.js'
import { boundHandler, type AnyHandler, type BoundHandler, type Handler } from '../handler/handler.js'
import { checkLinkOptions, type Link, type LinkOptions } from './link.js'
import { LINKER_OPTIONS, type LinkerOptions } from './linker-options.js'
import { nextEvent, type NextOptions } from './next-event.js'
import { checkOptions, isPlainObject } from '../options.js'
import { sharedState } from '../shared-state.js'
import { Subscriptions, type LinkRequest } from './subscriptions.js'
import { showValue } from '../errors/thrown.js'

declare const events: unique symbol

/** One of the links that `linker.link` makes: what `linker.on` takes, as a tuple. */
export type LinkTuple<Events extends object, Selection> = readonly [
  events: Selection,
  handler: Handler<NoInfer<PayloadFor<Events, Selection>>, unknown, NoInfer<ContextFor<Events, Selection>>>,
  options?: LinkOptions<NoInfer<PayloadFor<Events, Selection>>>,
]

/** Links that were made together, with one undo. */
export interface Binding extends Disposable {
  /** In the order in which they were given. */
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

  /** @hidden */
  declare readonly [events]?: Events
  readonly #options: LinkerOptions
  readonly #subscriptions: Subscriptions

  /**
   * @param options see {@link LinkerOptions}
   * @throws InvalidOptionError when an option is unknown or of the wrong type
   */
  constructor(options: LinkerOptions = {}) {
    checkOptions(options, LINKER_OPTIONS, () => 'new EventLinker()')
    this.#options = options
    this.#subscriptions = new Subscriptions(options)
  }

  /** The options that it was built with. */
  get options(): LinkerOptions {
    return this.#options
  }

  /**
   * As a decorator, links the method that it decorates: a static one when its class is defined, one of instances by {@link bind}.
   *
   * @param events a definition, a name of the linker's event map, a namespace, `anyEvent`, or a list of them
   * @param options see {@link DecoratorOptions}
   * @returns the decorator
   * @throws InvalidOptionError; InvalidEventError; LinkLimitError
   */
  on<const Selection extends EventSelection<Events>>(
    events: Selection,
    options?: DecoratorOptions<NoInfer<PayloadFor<Events, Selection>>>,
  ): HandlerDecorator<PayloadFor<Events, Selection>, ContextFor<Events, Selection>>
  /**
   * Links a handler to an event, or to several.
   *
   * The handler must have been given an address by `defineHandler` or a decorator, unless the link is `local`. Linking the
   * same handler to the same events with the same options again gives the same link. The handler of several events tells them
   * apart by `context.event`, which narrows `context.payload`; an emission runs it at most once.
   *
   * @param events a definition, a name of the linker's event map, a namespace (`order.*` for one level, `order.**` for any),
   *   `anyEvent`, or a list of them
   * @param handler called with each payload
   * @param options see {@link LinkOptions}
   * @returns the link, which unlinks when disposed
   * @throws HandlerNotPortableError when the handler has no address and is not local; InvalidLinkError when it is linked to
   *   one of the events with other events or options, or is undefined; InvalidOptionError; InvalidEventError; LinkLimitError
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
    handler: Handler<NoInfer<PayloadFor<Events, Selection>>, unknown, NoInfer<ContextFor<Events, Selection>>>,
    options?: LinkOptions<NoInfer<PayloadFor<Events, Selection>>>,
  ): Link
  on(events: unknown, ...rest: readonly unknown[]): HandlerDecorator<never> | Link {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is only looked for on the stack
    return this.#onOrDecorate(events, rest, {}, EventLinker.prototype.on)
  }

  /** Like {@link on}, for one task: the link is used up when an `emit` succeeds whose payload passes the `filter`. */
  once<const Selection extends EventSelection<Events>>(
    events: Selection,
    options?: DecoratorOptions<NoInfer<PayloadFor<Events, Selection>>>,
  ): HandlerDecorator<PayloadFor<Events, Selection>, ContextFor<Events, Selection>>
  once<const Selection extends EventSelection<Events>>(
    events: Selection,
    handler: Handler<NoInfer<PayloadFor<Events, Selection>>, unknown, NoInfer<ContextFor<Events, Selection>>>,
    options?: LinkOptions<NoInfer<PayloadFor<Events, Selection>>>,
  ): Link
  once(events: unknown, ...rest: readonly unknown[]): HandlerDecorator<never> | Link {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is only looked for on the stack
    return this.#onOrDecorate(events, rest, { once: true }, EventLinker.prototype.once)
  }

  /**
   * What comes next. The promise takes a `once` link; an emission that is cancelled before it gets here leaves it waiting.
   *
   * @param events an event, a namespace, `anyEvent`, or a list of them
   * @param options see {@link NextOptions}
   * @returns a promise of the payload, where one event was named; of `{ event, payload }`, which `event` narrows, where there may be
   *   several. It rejects with the signal's reason, with a LinkFunctionError where the filter throws, and with a LinkRemovedError
   *   where the link is removed by {@link clear}
   * @example
   * ```ts
   * import { defineEvent, EventLinker, payload } from '@eventlane/core'
   *
   * const OrderPaid = defineEvent('order.paid', payload<{ id: string; by: string }>())
   * const linker = new EventLinker()
   *
   * const { by } = await linker.next(OrderPaid, { filter: ({ id }) => id === 'o-1', signal: AbortSignal.timeout(5_000) })
   * ```
   */
  next<const Selection extends EventSelection<Events>>(
    events: Selection,
    options: NextOptions<NoInfer<PayloadFor<Events, Selection>>> = {},
  ): Promise<Received<Events, Selection>> {
    return nextEvent(this.#subscriptions, events, options) as Promise<Received<Events, Selection>>
  }

  /**
   * The payloads of events as an async iterator. It is linked at once, buffers what comes meanwhile, and ends when the loop over
   * it is left.
   *
   * The task of an item ends when it is buffered; beyond `highWaterMark` items, only when it has moved up that far. So whoever awaits
   * the emission goes no faster than the loop, and a `drain` waits for it.
   *
   * @param events an event, a namespace, `anyEvent`, or a list of them
   * @param options see {@link StreamOptions}
   * @returns the stream: of payloads, where one event was named; of `{ event, payload }` where there may be several
   * @example
   * ```ts
   * import { defineEvent, EventLinker, payload } from '@eventlane/core'
   *
   * const OrderPlaced = defineEvent('order.placed', payload<{ id: string }>())
   * const linker = new EventLinker()
   *
   * for await (const order of linker.stream(OrderPlaced)) {
   *   console.log(order.id)
   *   if (order.id === 'o-9') break
   * }
   * ```
   */
  stream<const Selection extends EventSelection<Events>>(
    events: Selection,
    options: StreamOptions<NoInfer<PayloadFor<Events, Selection>>> = {},
  ): EventStream<Received<Events, Selection>> {
    return EventStream.of<Received<Events, Selection>>(this.#subscriptions, events, options)
  }

  /**
   * Makes several links, all or none, with one undo.
   *
   * @param tuples for each link what {@link on} takes
   * @returns the links, which are unlinked together, also at the end of the scope of `using`
   * @throws what {@link on} throws; then no link has been made
   * @example
   * ```ts
   * import { defineEvent, EventLinker, payload } from '@eventlane/core'
   *
   * const Tick = defineEvent('tick')
   * const OrderPlaced = defineEvent('order.placed', payload<{ total: number }>())
   * const linker = new EventLinker()
   *
   * using links = linker.link(
   *   [OrderPlaced, (order) => console.log(order.total), { local: true }],
   *   [Tick, () => console.log('tick'), { local: true }],
   * )
   * ```
   */
  link<const Selections extends readonly EventSelection<Events>[]>(
    ...tuples: { readonly [Index in keyof Selections]: LinkTuple<Events, Selections[Index]> }
  ): Binding
  link(...tuples: readonly (readonly [unknown, unknown, unknown?])[]): Binding {
    return this.#bindingOf(
      tuples.map(([selection, handler, options = {}]) => {
        checkHandler(selection, handler)
        return { events: selection, bound: boundHandler(handler), options: options as LinkOptions }
      }),
    )
  }

  /**
   * Unlinks a handler from an event, or from several; of an instance method, the links of all instances. A link to further
   * events goes on with those.
   *
   * @returns whether there was such a link
   */
  off<const Selection extends EventSelection<Events>>(
    events: Selection,
    handler: Handler<NoInfer<PayloadFor<Events, Selection>>, unknown, never>,
  ): boolean {
    const keys = eventKeys(events)
    const { registry } = this.#subscriptions
    const isMeant = ({ bound }: Link): boolean => bound.handler === (handler as unknown)
    const links = new Set(keys.flatMap((key) => registry.linksAt(key).filter(isMeant)))
    for (const link of links) this.#subscriptions.withdraw(link, keys)
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
    return this.#bindingOf(
      methods.map(({ events, key, options }) => {
        const handler = (instance as Record<typeof key, Handler>)[key] as Handler
        const bound = { handler, receiver: instance, address: undefined }
        return { events, bound, options: { ...options, local: true } }
      }),
    )
  }

  /** The names of the events, and the namespaces, that are linked; `**` stands for `anyEvent`. A copy. */
  events(): string[] {
    return this.#subscriptions.registry.keys
  }

  /**
   * The links that an emission of an event goes to, in link order: a copy.
   *
   * @param event an event; of a namespace, or `anyEvent`, the links to exactly that are given; left out, all links
   */
  links(event?: EventSelector<Events>): Link[] {
    const { registry } = this.#subscriptions
    if (event === undefined) return [...registry.links]
    const key = eventKey(event)
    return [...(isPatternKey(key) ? registry.linksAt(key) : registry.match(key))]
  }

  /**
   * Whether an event has links; see {@link links}.
   *
   * @param handler where given, whether this handler is among them
   */
  has(event: EventSelector<Events>, handler?: AnyHandler): boolean {
    const links = this.links(event)
    return handler === undefined ? links.length > 0 : links.some(({ bound }) => bound.handler === handler)
  }

  /** How many links an event has, or the linker; see {@link links}. */
  count(event?: EventSelector<Events>): number {
    return event === undefined ? this.#subscriptions.registry.size : this.links(event).length
  }

  /** Whether there is no link. */
  get isEmpty(): boolean {
    return this.#subscriptions.registry.size === 0
  }

  /**
   * Removes all links, or those to an event; a link to further events goes on with these.
   *
   * @param events left out, all links are removed
   */
  clear(events?: EventSelection<Events>): void {
    const { registry } = this.#subscriptions
    if (events === undefined) {
      for (const link of registry.links) link.unlink()
      return
    }
    const keys = eventKeys(events)
    const links = new Set(keys.flatMap((key) => registry.linksAt(key)))
    for (const link of links) this.#subscriptions.withdraw(link, keys)
  }

  /**
   * An independent copy, for tests: a linker with the same options and a link of its own for each that is there, but for those of
   * {@link next} and {@link stream}.
   *
   * @example
   * ```ts
   * import { EventLinker } from '@eventlane/core'
   *
   * const linker = EventLinker.default.fork() // what is linked from here on is not seen by the default linker
   * ```
   */
  fork(): EventLinker<Events> {
    const copy = new EventLinker<Events>(this.#options)
    const links = this.#subscriptions.registry.links.filter(({ receiver }) => receiver === undefined)
    copy.#subscriptions.add(links)
    return copy
  }

  /** The links that an emission of this name goes to, at this moment, in link order. Called by emitters. */
  match(name: string): readonly Link[] {
    return this.#subscriptions.registry.match(name)
  }

  /** Makes a link, or gives the one that is there. Called by decorators. */
  subscribe(events: unknown, bound: BoundHandler, options: LinkOptions): Link {
    const [link] = this.#subscriptions.add([{ events, bound, options }])
    return link as Link
  }

  #bindingOf(requests: readonly LinkRequest[]): Binding {
    const links = this.#subscriptions.add(requests)
    const unlink = (): void => {
      for (const link of links) link.unlink()
    }
    return { links, unlink, [Symbol.dispose]: unlink }
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
    // Options of the decorator form, right or wrong, are no attempt at a handler.
    if (rest.length > 0 && !isPlainObject(first)) checkHandler(events, first)
    return decorateHandler(
      this,
      events,
      { ...(first as DecoratorOptions | undefined), ...fixed },
      callerModule(callee),
    )
  }
}

function checkHandler(events: unknown, handler: unknown): asserts handler is Handler {
  if (typeof handler === 'function') return
  throw new InvalidLinkError(
    `the handler is ${showValue(handler)}`,
    describeEvents(eventKeys(events)),
    'pass a function; where it is imported, look for a circular import',
  )
}
