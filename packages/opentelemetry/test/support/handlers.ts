import { setImmediate } from 'node:timers/promises'
import { defineEvent, defineHandler, payload, type HandlerContext } from '@eventlane/core'
import { propagation, trace, type SpanContext } from '@opentelemetry/api'
import { exporter } from './telemetry.js'

/** What the handler is told to do. */
export interface Order {
  /** How many further emissions out of handlers. */
  readonly depth?: number
  /** How many attempts fail before one does not. */
  readonly failures?: number
  /** Whether to wait for the signal. */
  readonly waits?: boolean
}

/** What a handler sees in its own realm. */
export interface Report {
  readonly depth: number
  readonly pid: number
  /** The active span, after a turn of the event loop. */
  readonly active: Pick<SpanContext, 'traceId' | 'spanId' | 'traceFlags'> | undefined
  /** A span of the handler's own, as that realm's SDK exported it. */
  readonly own: { readonly traceId: string; readonly parentId: string | undefined } | undefined
  readonly tenant: string | undefined
  readonly metadata: Readonly<Record<string, unknown>>
}

export const OrderPlaced = defineEvent('order.placed', payload<Order>())

async function packAndShip(order: Order, context: HandlerContext) {
  const { depth = 0, failures = 0, waits = false } = order
  await setImmediate()
  if (waits) await aborted(context)
  const own = trace.getTracer('shop').startActiveSpan('pack', (span) => {
    span.end()
    return span
  })
  if (context.attempt <= failures) throw new RangeError(`attempt ${String(context.attempt)} failed`)
  if (depth > 0) await context.emit(OrderPlaced, { depth: depth - 1 })
  return reportOf(depth, own.spanContext().spanId, context)
}

export const ship = defineHandler(import.meta.url, OrderPlaced, packAndShip)

async function aborted({ signal }: HandlerContext): Promise<void> {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve)
  })
}

function reportOf(depth: number, ownId: string, { metadata }: HandlerContext): Report {
  const active = trace.getActiveSpan()?.spanContext()
  const own = exporter.getFinishedSpans().find((span) => span.spanContext().spanId === ownId)
  return {
    depth,
    pid: process.pid,
    // The state of a trace is an object of a class, which travels in the metadata only.
    active: active && { traceId: active.traceId, spanId: active.spanId, traceFlags: active.traceFlags },
    own: own && { traceId: own.spanContext().traceId, parentId: own.parentSpanContext?.spanId },
    tenant: propagation.getActiveBaggage()?.getEntry('tenant')?.value,
    metadata,
  }
}
