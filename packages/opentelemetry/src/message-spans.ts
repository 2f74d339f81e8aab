import { performance } from 'node:perf_hooks'
import type { EmitMessage, HandleMessage } from '@eventlane/core'
import { context, trace, type Span, type SpanOptions, type Tracer } from '@opentelemetry/api'
import { inject } from './carrier.js'

/** A span that has begun and has not ended. */
interface OpenSpan {
  readonly span: Span
  /** By `performance.now()`. */
  readonly startedAt: number
}

/** The spans of what tracing channels tell of, by their messages. */
export class MessageSpans {
  tracer: Tracer
  readonly #open = new Map<EmitMessage | HandleMessage, OpenSpan>()

  constructor(tracer: Tracer) {
    this.tracer = tracer
  }

  get areAllEnded(): boolean {
    return this.#open.size === 0
  }

  /** Begins a span, in which all runs that belongs to the message, here and wherever its metadata gets to. */
  begin(
    message: EmitMessage | HandleMessage,
    name: string,
    options: SpanOptions,
    outside = context.active(),
  ): void {
    const startedAt = performance.now()
    const span = this.tracer.startSpan(name, options, outside)
    const inside = trace.setSpan(outside, span)
    inject(inside, message)
    message.scopes.push((run) => {
      context.with(inside, run)
    })
    this.#open.set(message, { span, startedAt })
  }

  /** Gives back the span of a message, to be ended; `undefined` where it has none. */
  take(message: EmitMessage | HandleMessage): OpenSpan | undefined {
    const open = this.#open.get(message)
    this.#open.delete(message)
    return open
  }
}
