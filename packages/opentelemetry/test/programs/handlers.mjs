// Knows of the API, and not of who makes spans.
import { defineHandler } from '@eventlane/core'
import { trace } from '@opentelemetry/api'

export const tells = defineHandler(import.meta.url, function tells() {
  return trace.getActiveSpan()?.spanContext().traceId
})
