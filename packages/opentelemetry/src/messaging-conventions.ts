import type { EmitMessage, HandleMessage } from '@eventlane/core'
import type { Attributes } from '@opentelemetry/api'

// Names of the semantic conventions for messaging, version 1.45.0, where they are in development.
export const OPERATION_DURATION = 'messaging.client.operation.duration'
export const SENT_MESSAGES = 'messaging.client.sent.messages'
export const CONSUMED_MESSAGES = 'messaging.client.consumed.messages'
export const PROCESS_DURATION = 'messaging.process.duration'
const SYSTEM = 'messaging.system'
const OPERATION_NAME = 'messaging.operation.name'
const OPERATION_TYPE = 'messaging.operation.type'
const DESTINATION = 'messaging.destination.name'
const SUBSCRIPTION = 'messaging.destination.subscription.name'
export const MESSAGE_ID = 'messaging.message.id'
export const ERROR_TYPE = 'error.type'
export const FUNCTION_NAME = 'code.function.name'
export const FILE_PATH = 'code.file.path'

/** Buckets that the conventions give to durations, in seconds. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]

/** What spans and metrics of an emission have in common. */
export function attributesOfEmit({ event, isDirect }: EmitMessage): Attributes {
  return {
    [SYSTEM]: 'eventlane',
    [OPERATION_NAME]: isDirect ? 'run' : 'emit',
    [OPERATION_TYPE]: 'send',
    [DESTINATION]: event,
  }
}

/** What spans and metrics of a handler have in common. */
export function attributesOfHandle({ event, handler, address }: HandleMessage): Attributes {
  return {
    [SYSTEM]: 'eventlane',
    [OPERATION_NAME]: 'process',
    [OPERATION_TYPE]: 'process',
    [DESTINATION]: event,
    // Without the folder of its module, which is another one on another machine.
    [SUBSCRIPTION]: address?.name ?? handler,
  }
}
