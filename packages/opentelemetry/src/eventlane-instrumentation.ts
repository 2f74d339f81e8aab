import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { EmitMessage, HandleMessage } from '@eventlane/core'
import { checkOptions, isBoolean, type WorkMessage } from '@eventlane/core/executor'
import { context, trace, type MeterProvider, type TracerProvider } from '@opentelemetry/api'
import { extract } from './carrier.js'
import { EmissionTelemetry } from './emission-telemetry.js'
import { HandlerTelemetry } from './handler-telemetry.js'
import { MessageSpans } from './message-spans.js'
import { MessagingMetrics } from './messaging-metrics.js'

const NAME = '@eventlane/opentelemetry'
const VERSION = '0.1.0'

type Subscription = readonly [channel: string, listener: (message: unknown) => void]

/** How the instrumentation is set up. */
export interface EventlaneInstrumentationConfig {
  /** Whether it is enabled when it is made. Default: `true`. */
  readonly enabled?: boolean
}

const CONFIG = { enabled: isBoolean }

/**
 * Makes OpenTelemetry spans and metrics of all that is emitted in this realm, by any emitter and under every executor, and of direct
 * runs: a span of kind `PRODUCER` for each call of `emit`, and under it a span of kind `CONSUMER` for each attempt at each of its
 * tasks. What a handler emits hangs under the span of that handler, so that a request and all that it leads to are one trace.
 *
 * The context travels in the emission's metadata, in the fields of the registered propagator, such as `traceparent`, `tracestate`
 * and `baggage`. In workers it becomes the active one around each handler where an instrumentation is enabled there too: import
 * the module that enables it at the top of the modules of your handlers, or start the program with `--import`.
 *
 * Names are those of the semantic conventions for messaging, version 1.45.0: spans `emit EVENT`, `run EVENT` and `process EVENT`;
 * metrics `messaging.client.sent.messages`, `messaging.client.operation.duration`, `messaging.client.consumed.messages` and
 * `messaging.process.duration`, the last of which is how long the handler ran, without its wait for a worker.
 *
 * It has the shape of `Instrumentation` of `@opentelemetry/instrumentation`, so that `registerInstrumentations` and the Node.js SDK
 * take it; on its own it does as well.
 *
 * @example
 * ```ts
 * // telemetry.ts
 * import { EventlaneInstrumentation } from '@eventlane/opentelemetry'
 * import { BatchSpanProcessor, ConsoleSpanExporter, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
 *
 * const spanProcessors = [new BatchSpanProcessor(new ConsoleSpanExporter())]
 * new NodeTracerProvider({ spanProcessors }).register()
 * new EventlaneInstrumentation()
 * ```
 */
export class EventlaneInstrumentation implements Disposable {
  /** The name of this package: the scope of its spans and metrics. */
  readonly instrumentationName = NAME
  /** The version of this package. */
  readonly instrumentationVersion = VERSION
  readonly #metrics = new MessagingMetrics(NAME, VERSION)
  readonly #spans = new MessageSpans(trace.getTracer(NAME, VERSION))
  readonly #starts: readonly Subscription[]
  readonly #ends: readonly Subscription[]
  #config: EventlaneInstrumentationConfig
  #isEnabled = false
  #awaitsEnds = false

  /**
   * @param config see {@link EventlaneInstrumentationConfig}
   * @throws InvalidOptionError when an option is unknown or wrong
   */
  constructor(config: EventlaneInstrumentationConfig = {}) {
    this.#config = checked(config)
    const emissions = new EmissionTelemetry(this.#spans, this.#metrics)
    const handlers = new HandlerTelemetry(this.#spans, this.#metrics)
    this.#starts = [
      [
        'tracing:eventlane.emit:start',
        (message) => {
          emissions.begun(message as EmitMessage)
        },
      ],
      [
        'tracing:eventlane.handle:start',
        (message) => {
          handlers.begun(message as HandleMessage)
        },
      ],
      [
        'eventlane.work',
        (message) => {
          enterContext(message as WorkMessage)
        },
      ],
    ]
    this.#ends = [
      [
        'tracing:eventlane.emit:end',
        (message) => {
          this.#ended(() => {
            emissions.ended(message as EmitMessage)
          })
        },
      ],
      [
        'tracing:eventlane.handle:asyncEnd',
        (message) => {
          this.#ended(() => {
            handlers.ended(message as HandleMessage, this.#isEnabled)
          })
        },
      ],
    ]
    if (config.enabled ?? true) this.enable()
  }

  /** Emissions from now on are traced. Calling it again does nothing. */
  enable(): void {
    if (this.#isEnabled) return
    this.#isEnabled = true
    for (const [channel, listener] of this.#starts) subscribe(channel, listener)
    if (!this.#awaitsEnds) for (const [channel, listener] of this.#ends) subscribe(channel, listener)
    this.#awaitsEnds = true
  }

  /** No span begins any more; those that have begun end when what they are of ends. Calling it again does nothing. */
  disable(): void {
    if (!this.#isEnabled) return
    this.#isEnabled = false
    for (const [channel, listener] of this.#starts) unsubscribe(channel, listener)
    this.#leaveWhenAllEnded()
  }

  /** Does what {@link disable} does. */
  [Symbol.dispose](): void {
    this.disable()
  }

  /** Spans from now on are made by a tracer of this provider. Default: the one that is registered. */
  setTracerProvider(provider: TracerProvider): void {
    this.#spans.tracer = provider.getTracer(NAME, VERSION)
  }

  /** Metrics from now on go to this provider. Default: the one that is registered. */
  setMeterProvider(provider: MeterProvider): void {
    this.#metrics.provider = provider
  }

  /** What it was set up with. */
  getConfig(): EventlaneInstrumentationConfig {
    return { enabled: true, ...this.#config }
  }

  /**
   * Replaces what it was set up with; it is not enabled or disabled by that.
   *
   * @throws InvalidOptionError when an option is unknown or wrong
   */
  setConfig(config: EventlaneInstrumentationConfig): void {
    this.#config = checked(config)
  }

  #ended(end: () => void): void {
    end()
    if (!this.#isEnabled) this.#leaveWhenAllEnded()
  }

  #leaveWhenAllEnded(): void {
    if (!this.#awaitsEnds || !this.#spans.areAllEnded) return
    this.#awaitsEnds = false
    for (const [channel, listener] of this.#ends) unsubscribe(channel, listener)
  }
}

function checked(config: EventlaneInstrumentationConfig): EventlaneInstrumentationConfig {
  checkOptions(config, CONFIG, () => 'new EventlaneInstrumentation()')
  return { ...config }
}

/** In a worker: has the handler run in the context that came with its task. */
function enterContext({ metadata, scopes }: WorkMessage): void {
  const inside = extract(metadata)
  scopes.push((run) => {
    context.with(inside, run)
  })
}
