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

/** The arguments that follow the event: of an instance, which is its own payload, only the rest. */
export type EmitArguments<Events extends object, Event, Rest extends readonly unknown[] = []> = [
  Event,
] extends [EventReference<Events>]
  ? PayloadArguments<InputFor<Events, Event>, Rest>
  : Rest
