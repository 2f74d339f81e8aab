import { EventEmitter, EventLinker } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import { EventlaneInstrumentation } from '@eventlane/opentelemetry'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type Histogram,
} from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { OrderPlaced, ship } from './support/handlers.js'
import { EXECUTORS, openShop } from './support/shop.js'
import { instrumentation } from './support/telemetry.js'

/** One attribute set of one metric. */
interface Point {
  readonly attributes: object
  readonly value: unknown
}

class Meters {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  readonly provider = new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({ exporter: this.#exporter, exportIntervalMillis: 3_600_000 }),
    ],
  })

  async metrics() {
    await this.provider.forceFlush()
    const all =
      this.#exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? []
    return new Map(all.map((metric) => [metric.descriptor.name, metric]))
  }

  async points(name: string): Promise<Point[]> {
    const metric = (await this.metrics()).get(name)
    return (metric?.dataPoints ?? []).map(({ attributes, value }) => ({ attributes, value }))
  }
}

const sending = {
  'messaging.system': 'eventlane',
  'messaging.operation.name': 'emit',
  'messaging.operation.type': 'send',
  'messaging.destination.name': 'order.placed',
}
const processing = {
  'messaging.system': 'eventlane',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
  'messaging.destination.name': 'order.placed',
  'messaging.destination.subscription.name': 'packAndShip',
}

describe.each(EXECUTORS)('metrics, in mode %s', (_, makeExecutor) => {
  let meters: Meters

  beforeEach(() => {
    meters = new Meters()
    instrumentation.setMeterProvider(meters.provider)
  })
  afterEach(() => meters.provider.shutdown())

  it('count what is emitted and what is handled, and how long both take, failures apart', async () => {
    const { events } = openShop(makeExecutor(), { retry: { attempts: 2, delayMs: 1 } })
    // Before there is a worker to have it.
    events.emit(OrderPlaced, {}).cancel(new Error('not needed'))
    await events.emit(OrderPlaced, {})
    await events.emit(OrderPlaced, { failures: 1 })
    expect(() => events.emit(OrderPlaced, { depth: Symbol('no') } as never)).toThrow()
    await events.drain()
    const refused = { ...sending, 'error.type': 'PayloadNotPortableError' }
    const failed = { ...processing, 'error.type': 'RangeError' }
    expect(await meters.points('messaging.client.sent.messages')).toEqual([
      { attributes: sending, value: 3 },
      { attributes: refused, value: 1 },
    ])
    expect(await meters.points('messaging.client.operation.duration')).toMatchObject([
      { attributes: sending, value: { count: 3 } },
      { attributes: refused, value: { count: 1 } },
    ])
    expect(await meters.points('messaging.client.consumed.messages')).toEqual([
      { attributes: processing, value: 3 },
    ])
    expect(await meters.points('messaging.process.duration')).toMatchObject([
      { attributes: processing, value: { count: 2 } },
      { attributes: failed, value: { count: 1 } },
    ])
  })
})

describe('metrics', () => {
  it('are in seconds and messages, with the buckets of the conventions', async () => {
    const meters = new Meters()
    instrumentation.setMeterProvider(meters.provider)
    const { events } = openShop(new InlineExecutor())
    await events.emit(OrderPlaced, {})
    const found = await meters.metrics()
    expect([...found].map(([name, { descriptor }]) => [name, descriptor.unit])).toEqual([
      ['messaging.client.sent.messages', '{message}'],
      ['messaging.client.consumed.messages', '{message}'],
      ['messaging.client.operation.duration', 's'],
      ['messaging.process.duration', 's'],
    ])
    for (const name of ['messaging.client.operation.duration', 'messaging.process.duration']) {
      const { buckets, sum } = found.get(name)?.dataPoints[0]?.value as Histogram
      expect(buckets.boundaries).toEqual([
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
      ])
      // A minute, were it in milliseconds, would be some 60,000.
      expect(sum).toBeLessThan(60)
    }
    await meters.provider.shutdown()
  })

  it('go to a provider that is registered after the instrumentation was made, and has counted', async () => {
    using _ = new EventlaneInstrumentation()
    const linker = new EventLinker()
    linker.on(OrderPlaced, ship)
    await using events = new EventEmitter({ executor: new InlineExecutor(), linker })
    await events.emit(OrderPlaced, {})
    const meters = new Meters()
    metrics.setGlobalMeterProvider(meters.provider)
    onTestFinished(() => metrics.disable())
    await events.emit(OrderPlaced, {})
    expect(await meters.points('messaging.client.sent.messages')).toEqual([{ attributes: sending, value: 1 }])
    await meters.provider.shutdown()
  })
})
