import { readFileSync } from 'node:fs'
import { hasSubscribers } from 'node:diagnostics_channel'
import { EventEmitter, EventLinker, InvalidOptionError } from '@eventlane/core'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { EventlaneInstrumentation } from '@eventlane/opentelemetry'
import { registerInstrumentations, type Instrumentation } from '@opentelemetry/instrumentation'
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import * as conventions from '@opentelemetry/semantic-conventions/incubating'
import fc from 'fast-check'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { OrderPlaced, ship } from './support/handlers.js'
import { emitSpans, EXECUTORS, idOf, openShop, processSpans, traceOf } from './support/shop.js'
import { exporter, instrumentation as common, spans } from './support/telemetry.js'

const CHANNELS = [
  'tracing:eventlane.emit:start',
  'tracing:eventlane.emit:end',
  'tracing:eventlane.handle:start',
  'tracing:eventlane.handle:asyncEnd',
  'eventlane.work',
]

const [[, makeInline]] = EXECUTORS as [(typeof EXECUTORS)[0]]

/** The spans of an instrumentation of its own. */
function provider() {
  const own = new InMemorySpanExporter()
  return { own, provider: new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(own)] }) }
}

describe('an instrumentation', () => {
  beforeAll(() => {
    common.disable()
    return () => common.enable()
  })

  it('listens from when it is made until it is disposed of', () => {
    const listening = () => CHANNELS.filter(hasSubscribers)
    expect(listening()).toEqual([])
    {
      using _ = new EventlaneInstrumentation()
      expect(listening()).toEqual(CHANNELS)
    }
    expect(listening()).toEqual([])
    const later = new EventlaneInstrumentation({ enabled: false })
    expect(listening()).toEqual([])
    later.enable()
    later.enable()
    expect(listening()).toEqual(CHANNELS)
    later.disable()
    later.disable()
    expect(listening()).toEqual([])
  })

  it('leaves metadata, handlers and spans alone while it is disabled', async () => {
    const instrumentation = new EventlaneInstrumentation()
    instrumentation.disable()
    const { events, reports } = openShop(makeInline())
    await events.emit(OrderPlaced, {}, { metadata: { user: 7 } })
    expect(reports).toMatchObject([{ active: undefined, metadata: { user: 7 } }])
    expect([emitSpans(), processSpans()]).toEqual([[], []])
  })

  it('replaces the context that metadata had which is handed on, the whole of it', async () => {
    using _ = new EventlaneInstrumentation()
    const { events, reports } = openShop(makeInline())
    const stale = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      baggage: 'tenant=old',
    }
    await events.emit(OrderPlaced, {}, { metadata: { ...stale, tracestate: 'vendor=1', user: 7 } })
    const [handle] = processSpans()
    expect(reports[0]?.tenant).toBeUndefined()
    expect(reports[0]?.metadata).toEqual({
      user: 7,
      traceparent: `00-${traceOf(handle) ?? ''}-${idOf(handle) ?? ''}-01`,
    })
  })

  it('ends the spans that are open when it is disabled, with their outcome, and begins no more', async () => {
    const instrumentation = new EventlaneInstrumentation()
    const { events } = openShop(makeInline())
    const emission = events.emit(OrderPlaced, { waits: true, depth: 1 })
    await vi.waitUntil(() => emission.tasks[0]?.status === 'running', { timeout: 30_000 })
    instrumentation.disable()
    expect(hasSubscribers('tracing:eventlane.handle:asyncEnd')).toBe(true)
    events.emit(OrderPlaced, {})
    emission.cancel(new Error('enough'))
    await events.drain()
    expect(processSpans().map(({ attributes }) => attributes['eventlane.reason'])).toEqual(['enough'])
    expect(emitSpans()).toHaveLength(1)
    expect(CHANNELS.filter(hasSubscribers)).toEqual([])
  })

  it('in a worker only takes a context from metadata where there is one, and leaves all else to the handler', async () => {
    const { events, reports } = openShop(new ThreadExecutor({ workers: 1 }))
    const metadata = { baggage: ['tenant=7 bags'], traceparent: 7 }
    await events.emit(OrderPlaced, {}, { metadata })
    const incoming = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
    await events.emit(OrderPlaced, {}, { metadata: incoming })
    const active = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 }
    expect(reports).toMatchObject([
      { active: undefined, tenant: undefined, metadata },
      { active, metadata: incoming },
    ])
  })

  it('finds the trace of what a handler emits in the metadata, where the handler was traced by another program', async () => {
    const { events } = openShop(makeInline())
    const metadata = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
    events.emit(OrderPlaced, { depth: 1 }, { metadata })
    using _ = new EventlaneInstrumentation()
    await events.drain()
    const [child] = emitSpans()
    expect(traceOf(child)).toBe('0af7651916cd43dd8448eb211c80319c')
    expect(child?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
    expect(processSpans().map(traceOf)).toEqual([traceOf(child)])
  })

  it('makes nothing of emissions that are older than it', async () => {
    const { events } = openShop(makeInline())
    const keepsTracing = new EventlaneInstrumentation()
    keepsTracing.setTracerProvider(provider().provider)
    onTestFinished(() => {
      keepsTracing.disable()
    })
    const emission = events.emit(OrderPlaced, { waits: true })
    await vi.waitUntil(() => emission.tasks[0]?.status === 'running', { timeout: 30_000 })
    using _ = new EventlaneInstrumentation()
    emission.cancel()
    await events.drain()
    expect([emitSpans(), processSpans()]).toEqual([[], []])
  })

  it('is one for registerInstrumentations and the Node.js SDK', async () => {
    const { own, provider: tracerProvider } = provider()
    const instrumentation: Instrumentation = new EventlaneInstrumentation({ enabled: false })
    const unregister = registerInstrumentations({ instrumentations: [instrumentation], tracerProvider })
    const { events } = openShop(makeInline())
    await events.emit(OrderPlaced, {})
    unregister()
    await events.emit(OrderPlaced, {})
    expect(own.getFinishedSpans().map(({ name }) => name)).toEqual([
      'emit order.placed',
      'process order.placed',
    ])
    expect(own.getFinishedSpans()[0]?.instrumentationScope.name).toBe('@eventlane/opentelemetry')
  })

  it('says which version it is, which is that of its package', () => {
    const { name, version } = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    ) as Record<string, string>
    const instrumentation = new EventlaneInstrumentation({ enabled: false })
    expect(instrumentation.instrumentationName).toBe(name)
    expect(instrumentation.instrumentationVersion).toBe(version)
  })

  it('keeps its config, and refuses one that is wrong', () => {
    const instrumentation = new EventlaneInstrumentation({ enabled: false })
    expect(instrumentation.getConfig()).toEqual({ enabled: false })
    instrumentation.setConfig({ enabled: true })
    expect(instrumentation.getConfig()).toEqual({ enabled: true })
    expect(() => new EventlaneInstrumentation({ enable: true } as never)).toThrow(InvalidOptionError)
    expect(() => {
      instrumentation.setConfig({ enabled: 1 } as never)
    }).toThrow(InvalidOptionError)
  })
})

describe('names of metrics and attributes', () => {
  it('are those of the semantic conventions', async () => {
    const { events } = openShop(makeInline(), { retry: { attempts: 2, delayMs: 1 } })
    await events.emit(OrderPlaced, { failures: 1 })
    const known = new Set<unknown>(Object.values(conventions))
    const used = [...emitSpans(), ...processSpans()].flatMap(({ attributes }) => Object.keys(attributes))
    expect(new Set(used.filter((name) => !known.has(name)))).toEqual(
      new Set([
        'eventlane.mode',
        'eventlane.tasks',
        'eventlane.attempt',
        'eventlane.outcome',
        'eventlane.is_retried',
        'eventlane.wait_ms',
        'eventlane.run_ms',
      ]),
    )
    expect(known).toContain('messaging.client.sent.messages')
    expect(known).toContain('messaging.client.consumed.messages')
    expect(known).toContain('messaging.client.operation.duration')
    expect(known).toContain('messaging.process.duration')
  })
})

describe.each(EXECUTORS)('every span that begins ends once, in mode %s', (mode, makeExecutor) => {
  const step = fc.oneof(
    fc.record({
      act: fc.constant('emit' as const),
      order: fc.record({ depth: fc.nat(2), failures: fc.nat(2), waits: fc.boolean() }),
    }),
    fc.record({ act: fc.constant('cancel' as const), which: fc.nat(10) }),
    fc.constant({ act: 'pause' as const }),
    fc.constant({ act: 'refused' as const }),
  )

  it('whatever becomes of the tasks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, isKilled) => {
        const { begun } = spans
        const linker = new EventLinker()
        linker.on(OrderPlaced, ship, { retry: { attempts: 2, delayMs: 1 } })
        const executor = makeExecutor({ maxQueue: 3, overflow: 'drop-oldest' })
        const events = new EventEmitter({ executor, linker, onFailure: () => undefined })
        const emissions = []
        let made = 0
        for (const one of steps) {
          if (one.act === 'emit') emissions.push(events.emit(OrderPlaced, one.order))
          else if (one.act === 'cancel') emissions[one.which % emissions.length]?.cancel()
          else if (one.act === 'pause') await new Promise(setImmediate)
          else expect(() => events.emit(OrderPlaced, { depth: Symbol('no') } as never)).toThrow()
          if (one.act === 'emit' || one.act === 'refused') made += 1
        }
        if (isKilled) await events.terminate()
        else {
          for (const emission of emissions) emission.cancel()
          await events.shutdown()
        }
        expect(spans.open).toBe(0)
        expect(spans.begun - begun).toBeGreaterThanOrEqual(made)
        // Exported once each, by the id of the span.
        const ids = exporter.getFinishedSpans().map((span) => span.spanContext().spanId)
        expect(new Set(ids).size).toBe(ids.length)
      }),
      { numRuns: mode === 'main-event-loop-async' ? 100 : 5 },
    )
  })
})
