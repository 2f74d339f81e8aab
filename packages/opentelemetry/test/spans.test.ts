import { runTask } from '@eventlane/core'
import {
  context,
  createTraceState,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { describe, expect, it, vi } from 'vitest'
import { OrderPlaced, ship } from './support/handlers.js'
import { emitSpans, EXECUTORS, idOf, openShop, processSpans, traceOf } from './support/shop.js'
import { exporter } from './support/telemetry.js'

const tracer = trace.getTracer('test')

describe.each(EXECUTORS)('spans, in mode %s', (mode, makeExecutor) => {
  it('of a request and of all that it leads to are one trace, to the last handler of what handlers emit', async () => {
    const { events, reports } = openShop(makeExecutor())
    const requestId = await tracer.startActiveSpan('request', async (request) => {
      events.emit(OrderPlaced, { depth: 2 })
      await events.drain()
      request.end()
      return request.spanContext().spanId
    })
    const emits = emitSpans()
    const processes = processSpans()
    expect(emits.map(({ name }) => name)).toEqual(Array(3).fill('emit order.placed'))
    expect(processes.map(({ name }) => name)).toEqual(Array(3).fill('process order.placed'))
    const parents = [requestId, idOf(processes[0]), idOf(processes[1])]
    expect(emits.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(parents)
    expect(processes.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(emits.map(idOf))
    expect(new Set(exporter.getFinishedSpans().map(traceOf)).size).toBe(1)
    // What handlers see in their own realm.
    const seen = reports.toSorted((a, b) => b.depth - a.depth)
    expect(seen.map(({ active }) => active?.spanId)).toEqual(processes.map(idOf))
    expect(seen.map(({ own }) => own)).toEqual(
      processes.map((span) => ({ traceId: traceOf(span), parentId: idOf(span) })),
    )
    expect(seen[0]?.pid === process.pid).toBe(!mode.startsWith('separate-process'))
  })

  it('are told apart by attributes of the conventions for messaging', async () => {
    const { events } = openShop(makeExecutor())
    const emission = events.emit(OrderPlaced, {})
    await emission
    const common = {
      'messaging.system': 'eventlane',
      'messaging.destination.name': 'order.placed',
      'messaging.message.id': emission.id,
      'eventlane.mode': mode,
    }
    expect(emitSpans()[0]?.attributes).toEqual({
      ...common,
      'messaging.operation.name': 'emit',
      'messaging.operation.type': 'send',
      'eventlane.tasks': 1,
    })
    expect(processSpans()[0]?.attributes).toEqual({
      ...common,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.subscription.name': 'packAndShip',
      'code.function.name': 'packAndShip',
      'code.file.path': expect.stringMatching(/support.handlers\.ts$/),
      'eventlane.attempt': 1,
      'eventlane.outcome': 'fulfilled',
      'eventlane.is_retried': false,
      'eventlane.wait_ms': expect.any(Number),
      'eventlane.run_ms': expect.any(Number),
    })
  })

  it('of the attempts at a task are each one, with their error and status, under the same emission', async () => {
    const { events, reports } = openShop(makeExecutor(), { retry: { attempts: 3, delayMs: 1 } })
    await events.emit(OrderPlaced, { failures: 2 })
    const attempts = processSpans()
    expect(attempts.map(({ attributes }) => attributes)).toMatchObject([
      {
        'eventlane.attempt': 1,
        'eventlane.outcome': 'rejected',
        'eventlane.is_retried': true,
        'error.type': 'RangeError',
      },
      {
        'eventlane.attempt': 2,
        'eventlane.outcome': 'rejected',
        'eventlane.is_retried': true,
        'error.type': 'RangeError',
      },
      { 'eventlane.attempt': 3, 'eventlane.outcome': 'fulfilled', 'eventlane.is_retried': false },
    ])
    expect(attempts.map(({ status }) => status)).toEqual([
      { code: SpanStatusCode.ERROR, message: 'attempt 1 failed' },
      { code: SpanStatusCode.ERROR, message: 'attempt 2 failed' },
      { code: SpanStatusCode.UNSET },
    ])
    expect(attempts.map(({ events: [noted] }) => noted?.attributes?.['exception.message'])).toEqual([
      'attempt 1 failed',
      'attempt 2 failed',
      undefined,
    ])
    const [emit] = emitSpans()
    expect(attempts.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      Array(3).fill(idOf(emit)),
    )
    expect(emit?.status.code).toBe(SpanStatusCode.UNSET)
    // The last attempt sees its own span, not that of the first.
    expect(reports.map(({ active }) => active?.spanId)).toEqual([idOf(attempts[2])])
  })

  it('of tasks that were dropped or cancelled say so, also where the handler never ran', async () => {
    const { events } = openShop(makeExecutor({ maxQueue: 1, overflow: 'drop-oldest' }))
    events.emit(OrderPlaced, {})
    const second = events.emit(OrderPlaced, {})
    second.cancel(new Error('not needed'))
    const third = events.emit(OrderPlaced, { waits: true })
    await vi.waitUntil(() => third.tasks[0]?.status === 'running', { timeout: 30_000 })
    third.cancel(new Error('too late'))
    await events.drain()
    const found = processSpans().map(({ attributes, status, parentSpanContext }) => ({
      outcome: attributes['eventlane.outcome'],
      reason: attributes['eventlane.reason'],
      error: attributes['error.type'],
      code: status.code,
      parent: parentSpanContext?.spanId,
    }))
    const [first, ...others] = emitSpans().map(idOf)
    const none = { error: undefined, code: SpanStatusCode.UNSET }
    const error = { error: 'TaskDroppedError', code: SpanStatusCode.ERROR }
    expect(found).toEqual([
      { outcome: 'dropped', reason: expect.stringContaining('waited in the queue'), ...error, parent: first },
      { outcome: 'cancelled', reason: 'not needed', ...none, parent: others[0] },
      { outcome: 'cancelled', reason: 'too late', ...none, parent: others[1] },
    ])
  })

  it('of direct runs are those of an emission with one task', async () => {
    const executor = makeExecutor()
    exporter.reset()
    const { active, own } = await tracer.startActiveSpan('request', async (request) => {
      const report = await runTask(executor, ship, {})
      request.end()
      return report
    })
    await executor.shutdown()
    const [emit] = emitSpans()
    const [handle] = processSpans()
    const request = exporter.getFinishedSpans().find(({ name }) => name === 'request')
    expect([emit?.name, handle?.name]).toEqual(['run order.placed', 'process order.placed'])
    expect(emit?.parentSpanContext?.spanId).toBe(idOf(request))
    expect(handle?.parentSpanContext?.spanId).toBe(idOf(emit))
    expect(active?.spanId).toBe(idOf(handle))
    expect(own).toEqual({ traceId: traceOf(request), parentId: idOf(handle) })
  })

  it('take the baggage and the state of their trace along, and leave the rest of the metadata as it is', async () => {
    const { events, reports } = openShop(makeExecutor())
    const remote = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
      isRemote: true,
      traceState: createTraceState('vendor=1'),
    }
    const baggage = propagation.createBaggage({ tenant: { value: 'acme' } })
    const incoming = propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, remote), baggage)
    const metadata = { user: { id: 7n } }
    context.with(incoming, () => events.emit(OrderPlaced, { depth: 1 }, { metadata }))
    await events.drain()
    const [, handle] = processSpans()
    const last = reports.find(({ depth }) => depth === 0)
    expect(last?.active?.traceId).toBe(remote.traceId)
    expect(last?.tenant).toBe('acme')
    expect(last?.metadata).toEqual({
      user: { id: 7n },
      traceparent: `00-${remote.traceId}-${idOf(handle) ?? ''}-01`,
      tracestate: 'vendor=1',
      baggage: 'tenant=acme',
    })
  })

  it('of a trace that is not sampled are not exported, and its handlers know', async () => {
    const { events, reports } = openShop(makeExecutor())
    const incoming = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 0,
    }
    await context.with(trace.setSpanContext(ROOT_CONTEXT, incoming), () => events.emit(OrderPlaced, {}))
    expect(exporter.getFinishedSpans()).toEqual([])
    expect(reports[0]?.active).toMatchObject({ traceId: incoming.traceId, traceFlags: 0 })
    expect(reports[0]?.own).toBeUndefined()
  })
})

describe('the span of an emit that throws', () => {
  it('has the error', () => {
    const [[, makeExecutor]] = EXECUTORS as [(typeof EXECUTORS)[0]]
    const { events } = openShop(makeExecutor())
    expect(() => events.emit(OrderPlaced, { depth: Symbol('no') } as never)).toThrow()
    const [emit] = emitSpans()
    expect(emit?.status.code).toBe(SpanStatusCode.ERROR)
    expect(emit?.kind).toBe(SpanKind.PRODUCER)
    expect(emit?.attributes).toMatchObject({ 'error.type': 'PayloadNotPortableError' })
    expect(emit?.events[0]?.name).toBe('exception')
  })
})
