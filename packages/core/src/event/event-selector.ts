import { InvalidEventError } from '../errors/errors.js'
import {
  eventName,
  type ClassEventDefinition,
  type EventDefinition,
  type EventReference,
} from './event-definition.js'
import type { HandlerContext } from '../handler/handler-context.js'
import { showValue } from '../errors/thrown.js'

/**
 * Stands for every event, in the places where events are linked.
 *
 * @example
 * ```ts
 * import { anyEvent, EventLinker } from '@eventlane/core'
 *
 * const linker = new EventLinker()
 * linker.on(anyEvent, (payload, { event }) => console.log(event, payload), { local: true })
 * ```
 */
// Registered, so that two copies of this package mean the same.
export const anyEvent: unique symbol = Symbol.for('eventlane.any-event')

/** The key under which links to {@link anyEvent} are kept; in no event's name there is a `*`. */
const ANY_EVENT_KEY = '**'

/** `order.*`: the events one level below `order`, such as `order.placed`; `order.**`: those any number of levels below it. */
export type EventNamespace = `${string}.*` | `${string}.**`

/** What a link may be made to: an event, a namespace, or {@link anyEvent}. */
export type EventSelector<Events extends object> = EventReference<Events> | EventNamespace | typeof anyEvent

/** What may be given to `on`: a selector, or several whose payloads go to one handler. */
export type EventSelection<Events extends object> = EventSelector<Events> | readonly EventSelector<Events>[]

type NameOf<Events extends object> = keyof Events & string

/** The names of the event map one level below a namespace. */
type NamesOneBelow<Events extends object, Space extends string> =
  NameOf<Events> extends infer Name
    ? Name extends `${Space}.${infer Rest}`
      ? Rest extends `${string}.${string}`
        ? never
        : Name
      : never
    : never

/** The names of the event map that a selector matches. */
type MatchingNames<Events extends object, Selector> = Selector extends typeof anyEvent
  ? NameOf<Events>
  : Selector extends `${infer Space}.**`
    ? Extract<NameOf<Events>, `${Space}.${string}`>
    : Selector extends `${infer Space}.*`
      ? NamesOneBelow<Events, Space>
      : never

type IsPattern<Selector> = Selector extends typeof anyEvent | EventNamespace ? true : false

/** The type that handlers of a selector, or of any of several, get; `unknown` where it matches no name of the event map. */
export type PayloadFor<Events extends object, Selection> = Selection extends readonly (infer Selector)[]
  ? PayloadOfEach<Events, Selector>
  : PayloadOfEach<Events, Selection>

type PayloadOfEach<Events extends object, Selector> = Selector extends keyof Events
  ? Events[Selector]
  : Selector extends EventDefinition<string, infer _Input, infer Output>
    ? Output
    : IsPattern<Selector> extends true
      ? [MatchingNames<Events, Selector>] extends [never]
        ? unknown
        : Events[MatchingNames<Events, Selector> & keyof Events]
      : never

/** The context that handlers of a selector, or of any of several, get: for each event a type of its own. */
export type ContextFor<Events extends object, Selection> = Selection extends readonly (infer Selector)[]
  ? ContextOfEach<Events, Selector>
  : ContextOfEach<Events, Selection>

type ContextOfEach<Events extends object, Selector> =
  Selector extends NameOf<Events>
    ? HandlerContext<Selector, Events[Selector]>
    : Selector extends EventDefinition<infer Name, infer _Input, infer Output>
      ? // A class that extends this one has an event of its own.
        HandlerContext<Selector extends ClassEventDefinition ? string : Name, Output>
      : IsPattern<Selector> extends true
        ? [MatchingNames<Events, Selector>] extends [never]
          ? HandlerContext
          : ContextOfNames<Events, MatchingNames<Events, Selector>>
        : never

type ContextOfNames<Events extends object, Name> =
  Name extends NameOf<Events> ? HandlerContext<Name, Events[Name]> : never

/** An event that came, where it may be one of several; `event` narrows `payload`. */
export type Occurrence<Context> = Context extends {
  readonly event: infer Event
  readonly payload: infer Payload
}
  ? { readonly event: Event; readonly payload: Payload }
  : never

/** What `next` and `stream` give: the payload, where one event was named, and its name too where there may be several. */
export type Received<Events extends object, Selection> =
  Selection extends EventReference<Events>
    ? PayloadFor<Events, Selection>
    : Occurrence<ContextFor<Events, Selection>>

/** Whether a selection can only be that one event. */
export function isEventAlone(selection: unknown): boolean {
  return !Array.isArray(selection) && !isPatternKey(eventKey(selection))
}

/**
 * The key under which the links of a selector are kept: the name of its event, the namespace, or {@link ANY_EVENT_KEY}.
 *
 * @throws InvalidEventError when it is none of these
 */
export function eventKey(selector: unknown): string {
  if (selector === anyEvent) return ANY_EVENT_KEY
  if (typeof selector !== 'string' || !selector.includes('*')) return eventName(selector)
  if (/^[^*]+\.\*\*?$/.test(selector)) return selector
  throw new InvalidEventError(
    `${showValue(selector)} is neither a name nor a namespace`,
    "write 'order.*' for the events one level below order, 'order.**' for those any number of levels below it, or anyEvent",
  )
}

/**
 * The keys under which the links of a selection are kept, each once.
 *
 * @throws InvalidEventError when it is neither a selector nor a list of selectors
 */
export function eventKeys(selection: unknown): readonly string[] {
  if (!Array.isArray(selection)) return [eventKey(selection)]
  if (selection.length === 0) {
    throw new InvalidEventError('an empty list was given as events', 'name at least one event')
  }
  return [...new Set(selection.map((selector) => eventKey(selector)))]
}

/** Whether the links at a key may match more than the event of that name. */
export function isPatternKey(key: string): boolean {
  return key.endsWith('*')
}

/** The keys, other than the name itself, whose links match an event of that name. */
export function patternKeys(name: string): string[] {
  const keys = [ANY_EVENT_KEY]
  const last = name.lastIndexOf('.')
  for (let end = name.indexOf('.'); end >= 0; end = name.indexOf('.', end + 1)) {
    const space = name.slice(0, end)
    if (end < name.length - 1) keys.push(`${space}.**`)
    if (end === last && end < name.length - 1) keys.push(`${space}.*`)
  }
  return keys
}

/** Events in words, for messages. */
export function describeEvents(keys: readonly string[]): string {
  return `${keys.length === 1 ? 'event' : 'events'} ${keys.map(describeKey).join(', ')}`
}

function describeKey(key: string): string {
  return key === ANY_EVENT_KEY ? 'anyEvent' : JSON.stringify(key)
}
