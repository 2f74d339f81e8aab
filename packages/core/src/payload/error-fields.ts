import { RESERVED_KEYS } from './payload-path.js'
import { isError, showThrown, showValue } from '../errors/thrown.js'

/** An error as plain data: everything that reading it can show. */
export interface ErrorFields {
  /** Built-in class, such as `TypeError`. */
  readonly type: string
  /** What is usually not enumerable, where the instance has it of its own: name, message, stack, cause, errors. */
  readonly hidden: Readonly<Record<string, unknown>>
  /** All other own fields. */
  readonly fields: Readonly<Record<string, unknown>>
}

const BUILT_IN_ERRORS = new Map<string, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [
    type.name,
    type,
  ]),
)
const BUILT_IN_PROTOTYPES = new Map<unknown, string>([
  [AggregateError.prototype, 'AggregateError'],
  ...[...BUILT_IN_ERRORS].map(([name, type]) => [type.prototype, name] as const),
])
/** Own properties of errors that are usually not enumerable; where they are, they count as fields. */
export const NAMED_ERROR_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'message',
  'stack',
  'cause',
  'errors',
])

/** Whether instances of exactly this prototype are errors of JavaScript itself. */
export function isBuiltInErrorPrototype(prototype: unknown): boolean {
  return BUILT_IN_PROTOTYPES.has(prototype)
}

function builtInType(error: Error): string {
  let prototype = Object.getPrototypeOf(error) as object | null
  while (prototype !== null) {
    const name = BUILT_IN_PROTOTYPES.get(prototype)
    if (name !== undefined) return name
    prototype = Object.getPrototypeOf(prototype) as object | null
  }
  return 'Error'
}

/** The plain data that stands for an error. */
export function describeError(error: Error): ErrorFields {
  const hidden = [...NAMED_ERROR_FIELDS].filter(
    (key) => Object.hasOwn(error, key) && !Object.prototype.propertyIsEnumerable.call(error, key),
  )
  return {
    type: builtInType(error),
    hidden: Object.fromEntries(hidden.map((key) => [key, error[key as keyof Error]])),
    fields: Object.fromEntries(Object.entries(error)),
  }
}

/** An error of a built-in class without any field; {@link fillError} gives it those of another. */
export function blankError(type: string, prototype?: object): Error {
  const error =
    type === 'AggregateError' ? new AggregateError([]) : new (BUILT_IN_ERRORS.get(type) ?? Error)()
  for (const key of Reflect.ownKeys(error)) Reflect.deleteProperty(error, key)
  if (prototype !== undefined) Object.setPrototypeOf(error, prototype)
  return error
}

/** Makes a {@link blankError} into the error that {@link describeError} described. */
export function fillError(error: Error, { hidden, fields }: Omit<ErrorFields, 'type'>): void {
  for (const [key, value] of Object.entries(hidden)) {
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false })
  }
  for (const [key, value] of Object.entries(fields)) {
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: true })
  }
}

/** Chains of causes longer than this are cut. */
const MAX_ERRORS = 32

/**
 * A copy of an error that is certain to be portable: an unregistered class becomes the built-in class that it extends
 * and keeps its name, and what cannot travel is replaced by a text that shows it.
 *
 * @param isRegistered whether instances of exactly this prototype can travel
 * @param isPortable whether a value can travel as it is
 */
export function portableError(
  error: Error,
  isRegistered: (prototype: object) => boolean,
  isPortable: (value: unknown) => boolean,
): Error {
  const copies = new Map<Error, Error>()

  const portableValue = (value: unknown): unknown => {
    if (isError(value)) return copy(value)
    if (Array.isArray(value)) return value.map(portableValue)
    return isPortable(value) ? value : showValue(value)
  }

  const copy = (original: Error): Error | string => {
    const known = copies.get(original)
    if (known) return known
    if (copies.size >= MAX_ERRORS) return `[${showThrown(original)}]`
    const prototype = Object.getPrototypeOf(original) as object
    const type = builtInType(original)
    const blank = blankError(type, isRegistered(prototype) ? prototype : undefined)
    copies.set(original, blank)
    const name = textOf(original, 'name')
    const keepsName = Object.hasOwn(original, 'name') || blank.name !== name
    const named = (key: 'cause' | 'errors'): object =>
      Object.hasOwn(original, key) ? { [key]: portableValue(read(original, key)) } : {}
    const keys = Object.keys(original).filter(
      (key) => !NAMED_ERROR_FIELDS.has(key) && !RESERVED_KEYS.has(key),
    )
    fillError(blank, {
      hidden: {
        ...(keepsName && { name }),
        message: textOf(original, 'message'),
        stack: textOf(original, 'stack'),
        ...named('cause'),
        ...named('errors'),
      },
      fields: Object.fromEntries(keys.map((key) => [key, portableValue(read(original, key))])),
    })
    return blank
  }

  return copy(error) as Error
}

function read(error: Error, key: string): unknown {
  try {
    return error[key as keyof Error]
  } catch (thrown) {
    return `[reading it failed: ${showThrown(thrown)}]`
  }
}

function textOf(error: Error, key: 'name' | 'message' | 'stack'): string {
  const value = read(error, key)
  return typeof value === 'string' ? value : showValue(value)
}
