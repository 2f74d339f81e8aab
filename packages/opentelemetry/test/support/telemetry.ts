// What a program's own telemetry module does. It is loaded in every realm, since the module of the handlers imports it.
import { EventlaneInstrumentation } from '@eventlane/opentelemetry'
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node'

/** Of this realm. */
export const exporter = new InMemorySpanExporter()

/** How many spans have begun in this realm, and how many of them have not ended. */
export const spans = { begun: 0, open: 0 }

const counter: SpanProcessor = {
  onStart: () => {
    spans.begun += 1
    spans.open += 1
  },
  onEnd: () => {
    spans.open -= 1
  },
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
}

new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter), counter] }).register()

export const instrumentation = new EventlaneInstrumentation()
