import { EventEmitter, EventLinker } from '@eventlane/core'
import { BullMQExecutor, createWorker } from '@eventlane/executor-bullmq'
import { EventlaneInstrumentation } from '@eventlane/opentelemetry'
import { context, propagation, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { BullMQOtel } from 'bullmq-otel'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import {
  describesContext,
  emits,
  MoreWork,
  notes,
  tellsMetadata,
  tellsTrace,
  Work,
} from './support/handlers.js'
import { HANDLERS, setStage } from './support/stage.js'
import { until } from '@eventlane/testing/witness'

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describeWithRedis('a W3C trace context in the metadata', (redis) => {
  test.each(['inline', 'thread', 'process'] as const)(
    'reaches the handlers of a worker that runs them by %s, and those of what they emit',
    async (executor) => {
      const { events, linker, job, witness, work } = setStage(redis)
      linker.link([Work, emits], [MoreWork, tellsMetadata])
      events.use({
        beforeEmit: ({ metadata }) => {
          metadata.traceparent = TRACEPARENT
        },
      })
      await work({ executor })
      await events.emit(Work, job('a')).admitted
      await witness.heard(`metadata {"traceparent":"${TRACEPARENT}"}`)
      expect(witness.labels(`metadata {"traceparent":"${TRACEPARENT}"}`)).toEqual(['a child'])
    },
  )

  test('comes back in a context whose results are awaited', async () => {
    const { events, linker, job, work } = setStage(redis, { results: 'await' })
    linker.on(Work, describesContext)
    await work()
    const report = await events.emit(Work, job('a'), { metadata: { traceparent: TRACEPARENT } })
    expect(report.of(describesContext)).toMatchObject({ value: { metadata: { traceparent: TRACEPARENT } } })
  })
})

const exporter = new InMemorySpanExporter()

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
})

afterAll(() => {
  trace.disable()
  propagation.disable()
  context.disable()
})

describeWithRedis('@eventlane/opentelemetry', (redis) => {
  test('has the trace of the emitting request active around the handlers of a worker', async () => {
    using _ = new EventlaneInstrumentation()
    const { events, linker, job, work } = setStage(redis, { results: 'await' })
    linker.on(Work, tellsTrace)
    await work()
    await trace.getTracer('test').startActiveSpan('request', async (span) => {
      const report = await events.emit(Work, job('a'))
      span.end()
      expect(report.of(tellsTrace)).toMatchObject({ value: span.spanContext().traceId })
    })
  })
})

describeWithRedis('the option telemetry with a BullMQOtel', (redis) => {
  test('makes one trace of the emitting request, the job, and the job of what its handler emits', async () => {
    const telemetry = new BullMQOtel({ tracerName: 'shop' })
    const connection = redis.connection
    const prefix = redis.prefix()
    const linker = new EventLinker()
    linker.link([Work, emits], [MoreWork, notes])
    const { witness, job } = setStage(redis)
    const events = new EventEmitter({
      executor: new BullMQExecutor({ connection, prefix, telemetry }),
      linker,
    })
    const worker = await createWorker({
      connection,
      prefix,
      telemetry,
      linker,
      modules: [HANDLERS],
      executor: 'inline',
    })
    onTestFinished(async () => {
      await worker.shutdown({ timeoutMs: 1000 })
      await events.shutdown()
    })
    const tracer = trace.getTracer('test')
    let traceId = ''
    await tracer.startActiveSpan('request', async (span) => {
      ;({ traceId } = span.spanContext())
      await events.emit(Work, job('a')).admitted
      span.end()
    })
    await witness.heard('ran')
    const spans = () => exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === traceId)
    // A job's span ends after its handler.
    await until(
      () => spans().filter(({ kind }) => kind === SpanKind.CONSUMER).length === 2,
      'the spans of two jobs have ended',
    )
    // The runner compiles with other names of functions: emits2.
    expect(spans().map(({ name }) => name.replace(/\d$/, ''))).toEqual(
      expect.arrayContaining(['request', 'add main.work.wanted → emits', 'add main.work.more → notes']),
    )
  })
})
