import { inspect, types } from 'node:util'

/** Whether `value` is an error, of whatever realm. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || types.isNativeError(value)
  } catch {
    return false // a revoked proxy, for one, answers nothing
  }
}

/** What was thrown, in a line: handlers may throw anything, and reading it may throw again. */
export function showThrown(thrown: unknown): string {
  try {
    return isError(thrown) ? `${textOf(thrown.name)}: ${textOf(thrown.message)}` : showValue(thrown)
  } catch {
    return 'an error that cannot be shown'
  }
}

/** The message of an error, or what else was thrown. */
export function messageOf(thrown: unknown): string {
  try {
    return isError(thrown) ? textOf(thrown.message) : showValue(thrown)
  } catch {
    return 'an error that cannot be shown'
  }
}

/** The stack of an error, or what else was thrown. */
export function stackOf(thrown: unknown): string {
  try {
    return isError(thrown) && thrown.stack ? textOf(thrown.stack) : showThrown(thrown)
  } catch {
    return showThrown(thrown)
  }
}

/** A value in a line, whatever it is. */
export function showValue(value: unknown): string {
  try {
    return typeof value === 'string'
      ? value
      : inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY })
  } catch {
    return 'a value that cannot be shown'
  }
}

// The properties of an error are strings as far as its type goes.
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : showValue(value)
}
