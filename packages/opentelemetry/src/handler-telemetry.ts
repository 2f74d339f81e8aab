import { fileURLToPath } from 'node:url'
import type { HandleMessage } from '@eventlane/core'
import { SpanKind, type Span } from '@opentelemetry/api'
import { fail, textOf, typeOf } from './failure.js'
import type { MessageSpans } from './message-spans.js'
import {
  attributesOfHandle,
  ERROR_TYPE,
  FILE_PATH,
  FUNCTION_NAME,
  MESSAGE_ID,
} from './messaging-conventions.js'
import type { MessagingMetrics } from './messaging-metrics.js'

/** A span and metrics of each attempt at a task. */
export class HandlerTelemetry {
  readonly #spans: MessageSpans
  readonly #metrics: MessagingMetrics

  constructor(spans: MessageSpans, metrics: MessagingMetrics) {
    this.#spans = spans
    this.#metrics = metrics
  }

  begun(message: HandleMessage): void {
    this.#begin(message)
    this.#metrics.consumed(attributesOfHandle(message))
  }

  /** An attempt that never started has a span as well, without length, so that the trace tells what became of it. */
  ended(message: HandleMessage, isEnabled: boolean): void {
    if (!message.hasBegun && isEnabled) this.#begin(message)
    const open = this.#spans.take(message)
    if (open === undefined) return
    const { span } = open
    tell(span, message)
    span.end()
    if (!message.hasBegun) return
    const attributes = attributesOfHandle(message)
    if (message.outcome === 'rejected') attributes[ERROR_TYPE] = typeOf(message.error)
    this.#metrics.processed(message.runMs ?? 0, attributes)
  }

  #begin(message: HandleMessage): void {
    const { event, address, emissionId, parentId, attempt, mode } = message
    const attributes = attributesOfHandle(message)
    attributes[MESSAGE_ID] = emissionId
    attributes['eventlane.mode'] = mode
    attributes['eventlane.attempt'] = attempt
    if (parentId !== undefined) attributes['eventlane.parent_id'] = parentId
    if (address) {
      attributes[FUNCTION_NAME] = address.name
      attributes[FILE_PATH] = pathOf(address.module)
    }
    this.#spans.begin(message, `process ${event}`, { kind: SpanKind.CONSUMER, attributes })
  }
}

function tell(span: Span, { outcome, error, reason, isRetried, waitMs, runMs }: HandleMessage): void {
  span.setAttributes({
    'eventlane.outcome': outcome,
    'eventlane.is_retried': isRetried,
    'eventlane.wait_ms': waitMs,
    'eventlane.run_ms': runMs,
  })
  if (reason !== undefined) span.setAttribute('eventlane.reason', textOf(reason))
  if (outcome === 'rejected') fail(span, error)
  else if (outcome === 'dropped') fail(span, reason)
}

function pathOf(module: string): string {
  return module.startsWith('file:') ? fileURLToPath(module) : module
}
