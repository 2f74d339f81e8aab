import type { EventReference, InputFor } from './event-definition.js'

type IsAny<Type> = 0 extends 1 & Type ? true : false

/**
 * The arguments that follow the event in `emit`: the payload, which events without payload leave out, and what else the
 * call takes. One signature with a conditional tuple, so that the compiler reports a missing or wrong payload as that.
 */
export type PayloadArguments<Input, Rest extends readonly unknown[] = []> =
  IsAny<Input> extends true
    ? [payload: Input, ...rest: Rest]
    : [Input] extends [void]
      ? [payload?: undefined, ...rest: Rest]
      : unknown extends Input
        ? [payload: Input, ...rest: Rest]
        : undefined extends Input
          ? [payload?: Input, ...rest: Rest]
          : [payload: Input, ...rest: Rest]

/**
 * The arguments that follow the event: of an instance, which is its own payload, only the rest. Looked up, not chosen by a
 * conditional type: the compiler would infer from the arguments to all of its branches, which takes it most of the time of a call.
 */
export type EmitArguments<Events extends object, Event, Rest extends readonly unknown[] = []> = {
  readonly event: PayloadArguments<InputFor<Events, Event>, Rest>
  readonly instance: Rest
}[[Event] extends [EventReference<Events>] ? 'event' : 'instance']
