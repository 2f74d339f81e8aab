import type { EventDefinition, InputFor } from '../event/event-definition.js'
import type { PayloadFor } from '../event/event-selector.js'
import type { AnyHandler } from './handler.js'
import { sharedState } from '../shared-state.js'

declare const input: unique symbol

/** Marks the type of a handler whose event takes something else than the handler gets, because its schema transforms. */
export interface HandlerInput<Input> {
  /** @hidden */
  readonly [input]?: { readonly input: Input }
}

type InputOfEach<Definitions> = InputFor<
  object,
  Definitions extends readonly (infer Definition)[] ? Definition : Definitions
>

/** {@link HandlerInput}, where it is needed: nothing for a handler whose events take what it gets. */
export type DefinedInput<Definitions> = [InputOfEach<Definitions>, PayloadFor<object, Definitions>] extends [
  PayloadFor<object, Definitions>,
  InputOfEach<Definitions>,
]
  ? unknown
  : HandlerInput<InputOfEach<Definitions>>

/** What a handler is run with: what its event takes, where it was defined with one; else what it takes itself. */
export type InputOfHandler<Function extends AnyHandler> = typeof input extends keyof Function
  ? Function extends HandlerInput<infer Input>
    ? Input
    : never
  : Parameters<Function> extends readonly [infer Payload, ...unknown[]]
    ? Payload
    : Parameters<Function> extends readonly []
      ? void
      : Parameters<Function>[0]

/** What a handler gives who awaits it. */
export type ResultOfHandler<Function extends AnyHandler> = Awaited<ReturnType<Function>>

const defined = sharedState('handler-events', () => new WeakMap<AnyHandler, readonly EventDefinition[]>())

/** Keeps with what events a handler was defined. */
export function noteEvents(handler: AnyHandler, events: unknown): void {
  defined.set(handler, [events].flat() as EventDefinition[])
}

/** The events that a handler was defined with, none where it was defined without. */
export function eventsOf(handler: AnyHandler): readonly EventDefinition[] {
  return defined.get(handler) ?? []
}
