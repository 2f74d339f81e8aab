import { RESERVED_KEYS } from './payload-path.js'
import { isError, showThrown, showValue } from './thrown.js'

/** Looks registered error classes up, both ways. */
export interface ErrorClasses {
  nameOf(prototype: object): string | undefined
  prototypeOf(name: string): object | undefined
}

/** An error as plain data: everything that reading it can show. */
export interface ErrorFields {
  /** Built-in class, such as `TypeError`. */
  readonly type: string
  /** Registered class, where it is one. */
  readonly class?: string
  /** Own `name`, where the instance has one. */
  readonly name?: string
  readonly message?: string
  readonly stack?: string
  readonly cause?: unknown
  readonly errors?: unknown
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
export function describeError(error: Error, classes: ErrorClasses): ErrorFields {
  const registered = classes.nameOf(Object.getPrototypeOf(error) as object)
  const hidden = [...NAMED_ERROR_FIELDS].filter(
    (key) => Object.hasOwn(error, key) && !Object.prototype.propertyIsEnumerable.call(error, key),
  )
  return {
    type: builtInType(error),
    ...(registered !== undefined && { class: registered }),
    ...Object.fromEntries(hidden.map((key) => [key, error[key as keyof Error]])),
    fields: Object.fromEntries(Object.entries(error)),
  }
}

/** The error that {@link describeError} described. */
export function restoreError(
  { type, class: name, fields, ...hidden }: ErrorFields,
  classes: ErrorClasses,
): Error {
  const error =
    type === 'AggregateError' ? new AggregateError([]) : new (BUILT_IN_ERRORS.get(type) ?? Error)()
  if (name !== undefined) {
    const prototype = classes.prototypeOf(name)
    if (prototype === undefined) throw new TypeError(`the error class ${name} is not registered here`)
    Object.setPrototypeOf(error, prototype)
  }
  for (const [key, value] of Object.entries(hidden)) {
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false })
  }
  for (const [key, value] of Object.entries(fields)) {
    Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: true })
  }
  return error
}

/** Chains of causes longer than this are cut. */
const MAX_ERRORS = 32

/**
 * A copy of an error that is certain to be portable: an unregistered class becomes the built-in class that it extends
 * and keeps its name, and what cannot travel is replaced by a text that shows it.
 *
 * @param isPortable whether a value can travel as it is
 */
export function portableError(
  error: Error,
  classes: ErrorClasses,
  isPortable: (value: unknown) => boolean,
): Error {
  const seen = new Set<Error>()

  const portableValue = (value: unknown): unknown => {
    if (isError(value)) return copy(value)
    if (Array.isArray(value)) return value.map(portableValue)
    return isPortable(value) ? value : showValue(value)
  }

  const copy = (original: Error): Error | string => {
    // superjson cannot restore a cycle through an error.
    if (seen.has(original) || seen.size >= MAX_ERRORS) return `[${showThrown(original)}]`
    seen.add(original)
    const registered = classes.nameOf(Object.getPrototypeOf(original) as object)
    const type = builtInType(original)
    const name = textOf(original, 'name')
    const named = (key: 'cause' | 'errors'): object =>
      Object.hasOwn(original, key) ? { [key]: portableValue(read(original, key)) } : {}
    const keys = Object.keys(original).filter(
      (key) => !NAMED_ERROR_FIELDS.has(key) && !RESERVED_KEYS.has(key),
    )
    return restoreError(
      {
        type,
        ...(registered !== undefined && { class: registered }),
        ...((Object.hasOwn(original, 'name') || (registered === undefined && name !== type)) && { name }),
        message: textOf(original, 'message'),
        stack: textOf(original, 'stack'),
        ...named('cause'),
        ...named('errors'),
        fields: Object.fromEntries(keys.map((key) => [key, portableValue(read(original, key))])),
      },
      classes,
    )
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
