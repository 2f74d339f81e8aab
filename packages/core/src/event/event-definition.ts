import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { ModuleReference } from '../address.js'
import { callerModule } from '../call-site.js'
import { checkInstance, defineClassEvent, instanceEventName } from './class-event.js'
import { InvalidEventError, InvalidPayloadError, type PayloadIssue } from '../errors/errors.js'
import type { AnyClass } from '../payload/payload-registry.js'
import { formatPath, type PathSegment } from '../payload/payload-path.js'

declare const types: unique symbol

/**
 * A name and the type of the payload that travels under it; made by {@link defineEvent}.
 *
 * `Input` is what `emit` takes, `Output` what handlers get: the two sides of the schema.
 */
export interface EventDefinition<Name extends string = string, Input = unknown, Output = Input> {
  /** The name that it is emitted and linked under. */
  readonly name: Name
  /** Validates payloads at `emit`; `undefined` where the event was defined without a schema. */
  readonly schema: StandardSchemaV1<Input, Output> | undefined
  /** @hidden */
  readonly [types]?: { readonly input: Input; readonly output: Output }
}

/** A class whose instances are events; made by {@link defineEvent}. */
export interface ClassEventDefinition<
  Name extends string = string,
  Instance extends object = object,
> extends EventDefinition<Name, Instance> {
  /** The class. */
  readonly eventClass: AnyClass & { readonly prototype: Instance }
}

/** The type that handlers of an event get. */
export type PayloadOf<Definition> =
  Definition extends EventDefinition<string, infer _Input, infer Output> ? Output : never

/** The type that `emit` takes for an event. */
export type InputOf<Definition> =
  Definition extends EventDefinition<string, infer Input, infer _Output> ? Input : never

/**
 * Event names and payload types for `EventLinker.default`. Augment it to link and emit by name:
 *
 * @example
 * ```ts
 * declare module '@eventlane/core' {
 *   interface DefaultEvents {
 *     'user.created': { id: string }
 *   }
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- an interface, so that users can augment it
export interface DefaultEvents {}

/** One event: a definition, or a name of the linker's event map. */
export type EventReference<Events extends object> = EventDefinition | (keyof Events & string)

/** An instance of a class that is an event: neither a function nor a promise. */
export type EventInstance = object & { readonly [Symbol.hasInstance]?: never; readonly then?: never }

/** The type that `emit` takes for an event reference. */
export type InputFor<Events extends object, Event> = Event extends keyof Events
  ? Events[Event]
  : InputOf<Event>

/** A payload type without a schema; made by {@link payload}. */
export interface PayloadType<Payload> {
  /** @hidden */
  readonly [types]?: { readonly payload: Payload }
}

/**
 * Names a payload's type where there is no schema to infer it from; nothing is checked at run time but portability.
 *
 * @returns a marker for {@link defineEvent}
 * @example
 * ```ts
 * import { defineEvent, payload } from '@eventlane/core'
 *
 * export const UserCreated = defineEvent('user.created', payload<{ id: string }>())
 * ```
 */
export function payload<Payload>(): PayloadType<Payload> {
  return PAYLOAD_TYPE
}

const PAYLOAD_TYPE: PayloadType<never> = Object.freeze({})

function isStandardSchema(value: unknown): value is StandardSchemaV1 {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') && '~standard' in value
  )
}

/**
 * Defines an event: a name and the type of its payload. Without a second argument it has no payload.
 *
 * @param name any name without `*`; names with dots, such as `order.placed`, make namespaces
 * @returns the definition, for `linker.on`, `@on` and `emit`
 * @throws {@link InvalidEventError} when the name is empty or contains `*`, when the second argument is not a schema, when the name
 *   belongs to another class or the class to another name, or when the class has state that is not in fields
 * @example
 * ```ts
 * import { z } from 'zod'
 * import { defineEvent } from '@eventlane/core'
 *
 * export const OrderPlaced = defineEvent('order.placed', z.object({ id: z.string(), total: z.bigint() }))
 * export const Tick = defineEvent('tick')
 *
 * export class UserCreated {
 *   constructor(readonly id: string) {}
 * }
 * export const UserCreatedEvent = defineEvent('user.created', UserCreated)
 * ```
 */
export function defineEvent<Payload = void, const Name extends string = string>(
  name: Name,
): EventDefinition<Name, Payload>
/**
 * Defines an event whose payload has a type, and is not validated.
 *
 * @param name any name without `*`
 * @param type made by {@link payload}
 * @returns the definition, for `linker.on`, `@on` and `emit`
 * @throws {@link InvalidEventError} when the name is empty, contains `*` or belongs to a class
 */
export function defineEvent<const Name extends string, Payload>(
  name: Name,
  type: PayloadType<Payload>,
): EventDefinition<Name, Payload>
/**
 * Defines an event whose payloads are the instances of a class: `emit(new UserCreated(…))`. Handlers get real instances in every
 * realm, and links to the event also get the classes that extend it and are events themselves.
 *
 * @param name any name without `*`
 * @param eventClass the class
 * @param options its module, where it cannot be told from the call: `import.meta.url`, or `__filename` in CommonJS
 * @returns the definition, for `linker.on`, `@on` and `emit`
 * @throws {@link InvalidEventError} when the name is empty or contains `*`, when the name belongs to another class or the class to
 *   another name, or when the class has state that is not in fields
 */
export function defineEvent<const Name extends string, Instance extends object>(
  name: Name,
  eventClass: (abstract new (...args: never) => Instance) & { readonly '~standard'?: never },
  options?: { readonly module?: ModuleReference },
): ClassEventDefinition<Name, Instance>
/**
 * Defines an event whose payload a schema validates, once, at `emit`.
 *
 * @param name any name without `*`
 * @param schema a Standard Schema (zod, Valibot, ArkType, …): `emit` takes its input type, handlers get its output
 * @returns the definition, for `linker.on`, `@on` and `emit`
 * @throws {@link InvalidEventError} when the name is empty, contains `*` or belongs to a class, or when it is not a schema
 */
export function defineEvent<const Name extends string, Schema extends StandardSchemaV1>(
  name: Name,
  schema: Schema,
): EventDefinition<Name, StandardSchemaV1.InferInput<Schema>, StandardSchemaV1.InferOutput<Schema>>
export function defineEvent(name: string, ...rest: readonly unknown[]): EventDefinition {
  const [schema, options] = rest
  checkEventName(name)
  if (isClass(schema)) {
    const { module = callerModule(defineEvent) } = (options ?? {}) as { readonly module?: ModuleReference }
    defineClassEvent(name, schema, module)
    return Object.freeze({ name, schema: undefined, eventClass: schema })
  }
  if (rest.length > 0 && schema !== PAYLOAD_TYPE && !isStandardSchema(schema)) {
    throw new InvalidEventError(
      'the second argument of defineEvent is not a schema',
      'give a Standard Schema such as z.object({ … }), payload<Type>(), a class, or leave it out for an event without payload; where it is imported, look for a circular import',
      name,
    )
  }
  return Object.freeze({ name, schema: isStandardSchema(schema) ? schema : undefined })
}

/** A schema may be callable, and may have a prototype; a class is what is no schema. */
function isClass(value: unknown): value is AnyClass {
  if (typeof value !== 'function' || isStandardSchema(value)) return false
  return Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false
}

function checkEventName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '') {
    throw new InvalidEventError(
      'an event needs a name, a non-empty string',
      "write defineEvent('order.placed', …)",
    )
  }
  if (name.includes('*')) {
    throw new InvalidEventError('an event name must not contain *', 'keep * for linking to namespaces', name)
  }
}

/** Whether a value is an event definition. */
function isEventDefinition(value: unknown): value is EventDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'schema' in value
  )
}

/**
 * The name of an event reference.
 *
 * @throws InvalidEventError when it is neither a definition nor a name
 */
export function eventName(event: unknown): string {
  if (isEventDefinition(event)) return event.name
  if (typeof event === 'string') {
    checkEventName(event)
    return event
  }
  throw new InvalidEventError(
    `${event === undefined ? 'undefined' : `a value of type ${typeof event}`} was given as an event`,
    typeof event === 'function'
      ? 'give the definition that defineEvent(name, Class) returns, or emit an instance'
      : 'give a definition made by defineEvent, or a name; an undefined definition often means a circular import',
  )
}

/** What is emitted: under which name, which value, and what the caller says beside it. */
export interface Emitted {
  readonly name: string
  readonly input: unknown
  readonly options: unknown
}

/**
 * What is emitted by the arguments of `emit`: an event and its payload, or an instance of a class event.
 *
 * @throws InvalidEventError, InvalidPayloadError
 */
export function emittedBy(event: unknown, rest: readonly unknown[]): Emitted {
  if (typeof event !== 'object' || event === null || isEventDefinition(event)) {
    const [input, options] = rest
    const name = eventName(event)
    return { name: checkInstance(name, input) ?? name, input, options }
  }
  return { name: instanceEventName(event), input: event, options: rest[0] }
}

/**
 * What handlers get for `input`: the schema's output, or `input` itself where the event has no schema.
 *
 * @throws InvalidPayloadError when the schema refuses it, InvalidEventError when the schema is async
 */
export function validatePayload(event: unknown, input: unknown): unknown {
  if (!isEventDefinition(event) || event.schema === undefined) return input
  const result = event.schema['~standard'].validate(input)
  if (result instanceof Promise) {
    result.catch(() => undefined)
    throw new InvalidEventError(
      'the schema validates asynchronously, and emit is synchronous',
      'use a schema without async refinements or transforms',
      event.name,
    )
  }
  if (result.issues) throw new InvalidPayloadError(event.name, result.issues.map(payloadIssue), undefined)
  return result.value
}

function payloadIssue(issue: StandardSchemaV1.Issue): PayloadIssue {
  const path = issue.path?.map((segment): PathSegment => {
    const key = typeof segment === 'object' ? segment.key : segment
    return typeof key === 'symbol' ? String(key) : key
  })
  return { path: formatPath('payload', path ?? []), message: issue.message }
}
