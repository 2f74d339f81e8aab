import { errorMessage, type ErrorParts } from './error-message.js'

/** What tells errors of this library, also those that another copy of it made. */
export const BRAND = Symbol.for('eventlane.error')

function causeOf({ cause }: ErrorParts): ErrorOptions | undefined {
  return cause === undefined ? undefined : { cause }
}

/**
 * The base of every error that eventlane throws or reports.
 *
 * `instanceof EventlaneError` also holds for errors made by another copy of the package and for {@link EmissionError},
 * which is an `AggregateError`.
 *
 * @example
 * ```ts
 * import { EventlaneError } from '@eventlane/core'
 *
 * const codeOf = (error: unknown) => (error instanceof EventlaneError ? error.code : undefined)
 * ```
 */
export class EventlaneError extends Error {
  /** Stable code, such as `ERR_INVALID_PAYLOAD`. */
  readonly code: string

  constructor(parts: ErrorParts) {
    super(errorMessage(parts), causeOf(parts))
    this.code = parts.code
  }

  static {
    this.prototype.name = 'EventlaneError'
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  /** Whether a value is such an error, also where another copy of this package made it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      if (this !== EventlaneError) return Function.prototype[Symbol.hasInstance].call(this, value)
      return typeof value === 'object' && value !== null && BRAND in value
    } catch {
      return false // a revoked proxy
    }
  }
}
