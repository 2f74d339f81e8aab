import { InvalidEventError } from './errors.js'
import { eventName, type EventDefinition, type EventReference } from './event-definition.js'
import type { HandlerContext } from './handler-context.js'

/** What may be given to `on`: one event, or several whose payloads go to one handler. */
export type EventSelection<Events extends object> = EventReference<Events> | readonly EventReference<Events>[]

/** The type that handlers of one event, or of any of several, get. */
export type PayloadFor<Events extends object, Selection> = Selection extends readonly (infer Event)[]
  ? PayloadOfEach<Events, Event>
  : PayloadOfEach<Events, Selection>

type PayloadOfEach<Events extends object, Event> = Event extends keyof Events
  ? Events[Event]
  : Event extends EventDefinition<string, infer _Input, infer Output>
    ? Output
    : never

/** The context that handlers of one event, or of any of several, get: for each event a type of its own. */
export type ContextFor<Events extends object, Selection> = Selection extends readonly (infer Event)[]
  ? ContextOfEach<Events, Event>
  : ContextOfEach<Events, Selection>

type ContextOfEach<Events extends object, Event> = Event extends keyof Events & string
  ? HandlerContext<Event, Events[Event]>
  : Event extends EventDefinition<infer Name, infer _Input, infer Output>
    ? HandlerContext<Name, Output>
    : never

/**
 * The keys under which the links of a selection are kept: the names of its events, each once.
 *
 * @throws {@link InvalidEventError} when it is neither an event nor a list of events
 */
export function eventKeys(selection: unknown): readonly string[] {
  if (!Array.isArray(selection)) return [eventName(selection)]
  if (selection.length === 0) {
    throw new InvalidEventError('an empty list was given as events', 'name at least one event')
  }
  return [...new Set(selection.map((event) => eventName(event)))]
}

/** Events in words, for messages. */
export function describeEvents(keys: readonly string[]): string {
  return `${keys.length === 1 ? 'event' : 'events'} ${keys.map((key) => JSON.stringify(key)).join(', ')}`
}
