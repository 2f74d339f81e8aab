import { EventlaneInstrumentation } from '@eventlane/opentelemetry'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

new NodeTracerProvider().register()
new EventlaneInstrumentation()
