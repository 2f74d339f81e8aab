import {
  metrics,
  ValueType,
  type Attributes,
  type Counter,
  type Histogram,
  type MeterProvider,
} from '@opentelemetry/api'
import {
  CONSUMED_MESSAGES,
  DURATION_BUCKETS,
  OPERATION_DURATION,
  PROCESS_DURATION,
  SENT_MESSAGES,
} from './messaging-conventions.js'

interface Instruments {
  readonly provider: MeterProvider
  readonly sent: Counter
  readonly consumed: Counter
  readonly operation: Histogram
  readonly process: Histogram
}

/** The metrics of the semantic conventions for messaging. */
export class MessagingMetrics {
  /** Where it is not the one that is registered. */
  provider: MeterProvider | undefined
  readonly #name: string
  readonly #version: string
  #instruments: Instruments | undefined

  constructor(name: string, version: string) {
    this.#name = name
    this.#version = version
  }

  sent(durationMs: number, attributes: Attributes): void {
    const { sent, operation } = this.#current()
    sent.add(1, attributes)
    operation.record(durationMs / 1000, attributes)
  }

  consumed(attributes: Attributes): void {
    this.#current().consumed.add(1, attributes)
  }

  processed(durationMs: number, attributes: Attributes): void {
    this.#current().process.record(durationMs / 1000, attributes)
  }

  /** Meters, unlike tracers, do not turn to a provider that is registered after them. */
  #current(): Instruments {
    const provider = this.provider ?? metrics.getMeterProvider()
    if (this.#instruments?.provider !== provider) this.#instruments = this.#make(provider)
    return this.#instruments
  }

  #make(provider: MeterProvider): Instruments {
    const meter = provider.getMeter(this.#name, this.#version)
    const count = (name: string, description: string): Counter =>
      meter.createCounter(name, { description, unit: '{message}', valueType: ValueType.INT })
    const durations = (name: string, description: string): Histogram =>
      meter.createHistogram(name, {
        description,
        unit: 's',
        valueType: ValueType.DOUBLE,
        advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
      })
    return {
      provider,
      sent: count(SENT_MESSAGES, 'Number of messages producer attempted to send to the broker.'),
      consumed: count(CONSUMED_MESSAGES, 'Number of messages that were delivered to the application.'),
      operation: durations(
        OPERATION_DURATION,
        'Duration of messaging operation initiated by a producer or consumer client.',
      ),
      process: durations(PROCESS_DURATION, 'Duration of processing operation.'),
    }
  }
}
