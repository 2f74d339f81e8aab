import {
  EventEmitter,
  EventLinker,
  type EmitterOptions,
  type Executor,
  type LinkOptions,
} from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import { ProcessExecutor } from '@eventlane/executor-process'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { SpanKind } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'
import { onTestFinished } from 'vitest'
import { OrderPlaced, ship, type Order, type Report } from './handlers.js'
import { exporter } from './telemetry.js'

interface QueueSettings {
  readonly maxQueue?: number
  readonly overflow?: 'drop-oldest'
}

type MakeExecutor = (queue?: QueueSettings) => Executor

/** Every local executor, in every mode. */
export const EXECUTORS: readonly (readonly [mode: string, make: MakeExecutor])[] = [
  ['main-event-loop-async', (queue) => new InlineExecutor(queue)],
  ['separate-thread', (queue) => new ThreadExecutor({ workers: 1, ...queue })],
  ['separate-thread-async', (queue) => new ThreadExecutor({ workers: 1, concurrency: 8, ...queue })],
  ['separate-process', (queue) => new ProcessExecutor({ workers: 1, ...queue })],
  ['separate-process-async', (queue) => new ProcessExecutor({ workers: 1, concurrency: 8, ...queue })],
]

/** An emitter whose only handler is `ship`, and what that has reported. */
export function openShop(
  executor: Executor,
  link: LinkOptions<Order> = {},
  options: Omit<EmitterOptions, 'executor' | 'linker'> = {},
): { readonly events: EventEmitter; readonly reports: Report[] } {
  exporter.reset()
  const reports: Report[] = []
  const linker = new EventLinker()
  const onSuccess = (value: unknown) => reports.push(value as Report)
  linker.on(OrderPlaced, ship, { onSuccess, ...link })
  const events = new EventEmitter({ executor, linker, onFailure: () => undefined, ...options })
  onTestFinished(() => events.terminate().then(() => undefined))
  return { events, reports }
}

/** The spans of this realm that have ended, by when they began. */
export function spansOf(kind: SpanKind): ReadableSpan[] {
  const began = ({ startTime: [seconds, nanoseconds] }: ReadableSpan) => seconds * 1e3 + nanoseconds / 1e6
  return exporter
    .getFinishedSpans()
    .filter((span) => span.kind === kind)
    .toSorted((a, b) => began(a) - began(b))
}

export const emitSpans = () => spansOf(SpanKind.PRODUCER)
export const processSpans = () => spansOf(SpanKind.CONSUMER)
export const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId
export const traceOf = (span: ReadableSpan | undefined) => span?.spanContext().traceId
