import { formatAddress, moduleUrl, type ModuleReference } from '../address.js'
import { InvalidEventError, InvalidPayloadError } from '../errors/errors.js'
import { payloads } from '../payload/payload-codec.js'
import type { AnyClass } from '../payload/payload-registry.js'
import { sharedState } from '../shared-state.js'
import { messageOf, showValue } from '../errors/thrown.js'
import { currentTurn } from '../turn.js'

/** A class whose instances are events. */
interface ClassEvent {
  readonly name: string
  readonly eventClass: AnyClass
  /** Workers import it before they read an instance. */
  readonly module: string
  /** The synchronous turn in which it was defined: two classes in one turn are two, not a module evaluated again. */
  readonly turn: object
  bases: { readonly names: readonly string[]; readonly version: number } | undefined
}

interface ClassEventRegistry {
  readonly byName: Map<string, ClassEvent>
  readonly byPrototype: WeakMap<object, ClassEvent>
  /** Goes up with each change. */
  version: number
}

const registry = sharedState<ClassEventRegistry>('class-events', () => ({
  byName: new Map(),
  byPrototype: new WeakMap(),
  version: 0,
}))

const NO_NAMES: readonly string[] = []

/**
 * Makes the instances of a class events of that name, which travel under it.
 *
 * @throws {@link InvalidEventError} when the name belongs to another class, or the class to another name
 */
export function defineClassEvent(
  name: string,
  eventClass: AnyClass,
  module: ModuleReference | undefined,
): void {
  const present = registry.byName.get(name)
  if (present?.eventClass === eventClass) return
  const url = module === undefined ? undefined : moduleUrl(module)
  if (url === undefined) {
    throw new InvalidEventError(
      `the module of the class ${eventClass.name} cannot be told from the call of defineEvent`,
      'name it: defineEvent(name, Class, { module: import.meta.url }), or { module: __filename } in CommonJS',
      name,
    )
  }
  const other = registry.byPrototype.get(eventClass.prototype as object)
  if (other !== undefined && registry.byName.get(other.name) === other) {
    throw new InvalidEventError(
      `the class ${eventClass.name} is the event ${JSON.stringify(other.name)} already`,
      'define one event for each class; derive a class for another event',
      name,
    )
  }
  const turn = currentTurn()
  // The same module evaluated again (a test runner, a reload) replaces its own.
  const isReplaced =
    present?.module === url && present.turn !== turn && present.eventClass.name === eventClass.name
  if (present !== undefined && !isReplaced) {
    throw new InvalidEventError(
      `the name belongs to another class, ${formatAddress({ module: present.module, name: present.eventClass.name })}`,
      'give each class an event name of its own',
      name,
    )
  }
  try {
    if (present === undefined) payloads.registerClass(eventClass, name)
    else payloads.replaceClass(present.eventClass, eventClass)
  } catch (error) {
    throw new InvalidEventError(
      `the class ${eventClass.name} cannot be an event: ${messageOf(error)}`,
      'a class event travels under its event name: leave its registration to defineEvent, and let all of its state be in fields',
      name,
      error,
    )
  }
  const event: ClassEvent = { name, eventClass, module: url, turn, bases: undefined }
  registry.byName.set(name, event)
  registry.byPrototype.set(eventClass.prototype as object, event)
  registry.version += 1
}

/** How often the class events of this realm have changed; 0 while there are none. */
export function classEventVersion(): number {
  return registry.version
}

/** The names of the class events whose classes the class of that event extends, the nearest first. */
export function baseEventNames(name: string): readonly string[] {
  if (registry.version === 0) return NO_NAMES
  const event = registry.byName.get(name)
  if (event === undefined) return NO_NAMES
  if (event.bases?.version !== registry.version) {
    event.bases = { names: basesOf(event), version: registry.version }
  }
  return event.bases.names
}

function basesOf({ eventClass }: ClassEvent): readonly string[] {
  const names: string[] = []
  let prototype = Object.getPrototypeOf(eventClass.prototype) as object | null
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    const base = registry.byPrototype.get(prototype)
    if (base !== undefined && registry.byName.get(base.name) === base) names.push(base.name)
  }
  return names
}

/** Where the class events of this realm are defined, in the order in which they were. */
export function classEventModules(): readonly { readonly name: string; readonly module: string }[] {
  return [...registry.byName.values()]
}

/** Whether this realm has defined the class of that event. */
export function isClassEventDefined(name: string): boolean {
  return registry.byName.has(name)
}

/** The class event that an object is an instance of: of exactly its class. */
function eventOf(instance: unknown): ClassEvent | undefined {
  if (typeof instance !== 'object' || instance === null) return undefined
  const event = registry.byPrototype.get(Object.getPrototypeOf(instance) as object)
  return event !== undefined && registry.byName.get(event.name) === event ? event : undefined
}

/**
 * The name of the event that an instance is.
 *
 * @throws {@link InvalidEventError} when its class is no event
 */
export function instanceEventName(instance: unknown): string {
  const event = eventOf(instance)
  if (event !== undefined) return event.name
  const className =
    typeof instance === 'object' && instance !== null
      ? (Object.getPrototypeOf(instance) as { constructor?: { name?: unknown } } | null)?.constructor?.name
      : undefined
  if (typeof className === 'string' && className !== 'Object' && className !== '') {
    throw new InvalidEventError(
      `an instance of ${className} was given as an event, and this class is not defined as one`,
      `define it: defineEvent('a.name', ${className}); a class that extends that of an event needs an event of its own`,
    )
  }
  throw new InvalidEventError(
    `${showValue(instance)} was given as an event`,
    'give a definition made by defineEvent, a name, or an instance of a class that defineEvent was given; an undefined definition often means a circular import',
  )
}

/**
 * The name under which the payload of a class event goes out: that of its own class, which may extend the event's.
 *
 * @returns `undefined` where the event has no class
 * @throws {@link InvalidPayloadError} when it is no instance of the event's class; {@link InvalidEventError} when its own class is
 *   no event
 */
export function checkInstance(name: string, input: unknown): string | undefined {
  if (registry.version === 0) return undefined
  const event = registry.byName.get(name)
  if (event === undefined) return undefined
  if (input instanceof event.eventClass) return instanceEventName(input)
  const message = `must be an instance of ${event.eventClass.name}, not ${showValue(input)}`
  throw new InvalidPayloadError(name, [{ path: 'payload', message }], undefined)
}
