import { InvalidOptionError } from './errors/errors.js'
import { showValue } from './errors/thrown.js'

/** Whether it is `true` or `false`. */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

/** Whether it can be called. */
export function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

export function isAbortSignal(value: unknown): value is AbortSignal {
  return value instanceof AbortSignal
}

/** Node.js fires timers beyond 2^31 - 1 ms at once: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
export function isPositiveMs(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= 2 ** 31 - 1
}

/** Whether it is an object that no class has made. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Like {@link isPositiveMs}, or 0. */
export function isDelayMs(value: unknown): value is number {
  return value === 0 || isPositiveMs(value)
}

/** Whether it is a whole number from 1. */
export function isPositiveInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0
}

/** Like {@link isPositiveInteger}, or `Infinity` for no limit. */
export function isLimit(value: unknown): value is number {
  return value === Number.POSITIVE_INFINITY || isPositiveInteger(value)
}

/**
 * Refuses an option object that holds unknown options or values of the wrong type; `undefined` stands for left out.
 *
 * @param within stands before the names in messages, where these options are themselves an option: `retry.`
 * @throws InvalidOptionError naming the option
 */
export function checkOptions(
  options: unknown,
  known: Readonly<Record<string, (value: unknown) => boolean>>,
  where: () => string,
  within = '',
): void {
  const names = Object.keys(known).join(', ')
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new InvalidOptionError(
      `${within === '' ? 'options' : `option ${within.slice(0, -1)}`} must be an object, not ${showValue(options)}`,
      where(),
      `known options: ${names}`,
    )
  }
  for (const [name, value] of Object.entries(options)) {
    const isValid = Object.hasOwn(known, name) ? known[name] : undefined
    if (isValid === undefined) {
      throw new InvalidOptionError(
        `unknown option ${JSON.stringify(within + name)}`,
        where(),
        `known options: ${names}`,
      )
    }
    if (value !== undefined && !isValid(value)) {
      throw new InvalidOptionError(
        `option ${within}${name} has the wrong value ${showValue(value)}`,
        where(),
        `see the documentation of ${within}${name}`,
      )
    }
  }
}
