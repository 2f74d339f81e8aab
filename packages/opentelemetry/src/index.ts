/**
 * OpenTelemetry spans and metrics of emissions and their handlers.
 *
 * @module @eventlane/opentelemetry
 */
export { EventlaneInstrumentation, type EventlaneInstrumentationConfig } from './eventlane-instrumentation.js'
