import { performance } from 'node:perf_hooks'
import type { EmitMessage } from '@eventlane/core'
import { context, SpanKind, trace, type Context } from '@opentelemetry/api'
import { extract } from './carrier.js'
import { fail, typeOf } from './failure.js'
import type { MessageSpans } from './message-spans.js'
import { attributesOfEmit, ERROR_TYPE, MESSAGE_ID } from './messaging-conventions.js'
import type { MessagingMetrics } from './messaging-metrics.js'

/** A span and metrics of each call of `emit`, and of each direct run. */
export class EmissionTelemetry {
  readonly #spans: MessageSpans
  readonly #metrics: MessagingMetrics

  constructor(spans: MessageSpans, metrics: MessagingMetrics) {
    this.#spans = spans
    this.#metrics = metrics
  }

  begun(message: EmitMessage): void {
    const { event, emissionId, parentId, mode, isDirect } = message
    const attributes = attributesOfEmit(message)
    attributes[MESSAGE_ID] = emissionId
    attributes['eventlane.mode'] = mode
    if (parentId !== undefined) attributes['eventlane.parent_id'] = parentId
    const name = `${isDirect ? 'run' : 'emit'} ${event}`
    this.#spans.begin(message, name, { kind: SpanKind.PRODUCER, attributes }, contextOf(message))
  }

  /** `emit` has returned, or thrown. */
  ended(message: EmitMessage): void {
    const open = this.#spans.take(message)
    if (open === undefined) return
    const { span, startedAt } = open
    const attributes = attributesOfEmit(message)
    if (message.tasks === undefined) {
      fail(span, message.error)
      attributes[ERROR_TYPE] = typeOf(message.error)
    } else {
      span.setAttribute('eventlane.tasks', message.tasks)
    }
    span.end()
    this.#metrics.sent(performance.now() - startedAt, attributes)
  }
}

/** What a handler of another program emits has only the metadata to tell which trace it is part of. */
function contextOf({ parentMetadata }: EmitMessage): Context {
  const active = context.active()
  return parentMetadata === undefined || trace.getSpan(active) ? active : extract(parentMetadata)
}
