import { isError, showThrown } from '@eventlane/core/executor'
import { SpanStatusCode, type Span } from '@opentelemetry/api'
import { ERROR_TYPE } from './messaging-conventions.js'

/** A class of errors, as the conventions want it. */
export function typeOf(error: unknown): string {
  return isError(error) ? error.name : '_OTHER'
}

/** Notes on a span what was thrown. */
export function fail(span: Span, error: unknown): void {
  const message = textOf(error)
  span.recordException(isError(error) ? error : message)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
  span.setAttribute(ERROR_TYPE, typeOf(error))
}

/** An error's message, or anything else in words. */
export function textOf(thrown: unknown): string {
  return isError(thrown) ? thrown.message : showThrown(thrown)
}
