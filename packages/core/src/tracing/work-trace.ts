import { channel } from 'node:diagnostics_channel'
import type { HandlerAddress } from '../address.js'
import type { ExecutionMode, Task } from '../executor/executor.js'
import type { BoundHandler } from '../handler/handler.js'
import { legibleMetadata, type Metadata } from '../payload/metadata.js'
import { scopeInside } from './trace-scope.js'
import type { TraceScope } from './tracing.js'

/**
 * What the channel `eventlane.work` of `node:diagnostics_channel` is told in the realm of a worker: that a handler is about to be
 * called there. It is published in workers only; whatever becomes of the task is told of in the emitter's realm.
 */
export interface WorkMessage {
  /** The name of the event. */
  readonly event: string
  /** The handler in words: `name (module)`. */
  readonly handler: string
  /** The handler's address. */
  readonly address: HandlerAddress | undefined
  /** The id of the emission. */
  readonly emissionId: string
  /** The emission whose handler made this emission, if one did. */
  readonly parentId: string | undefined
  /** Which attempt at the task this is, from 1. */
  readonly attempt: number
  /** Where it runs. */
  readonly mode: ExecutionMode
  /** What the handler finds in `context.metadata`, with what subscribers of `tracing:eventlane.handle:start` added. */
  readonly metadata: Metadata
  /** The handler runs inside of these. */
  readonly scopes: TraceScope[]
}

const workChannel = channel('eventlane.work')

/**
 * For executors that run tasks in another realm than the emitter's: the handler that is to be called there in place of another, so
 * that it runs inside of what subscribers of the channel `eventlane.work` ask for. Without subscribers it is the other itself.
 */
export function tracedHandler(bound: BoundHandler, task: Task, mode: ExecutionMode): BoundHandler {
  if (!workChannel.hasSubscribers) return bound
  const { handler, receiver } = bound
  const traced: BoundHandler['handler'] = (payload, context) => {
    const message = messageOf(task, mode)
    if (message === undefined) return handler.call(receiver, payload, context)
    const scope = workChannel.runStores(message, () => scopeInside(message.scopes))
    return scope.runInAsyncScope(() => handler.call(receiver, payload, context))
  }
  return { ...bound, handler: traced }
}

/** `undefined` where the metadata cannot be read here. */
function messageOf(task: Task, mode: ExecutionMode): WorkMessage | undefined {
  const { event, label: handler, address, emissionId, parentId, attempt } = task
  const metadata = legibleMetadata(task.metadata)
  return metadata && { event, handler, address, emissionId, parentId, attempt, mode, metadata, scopes: [] }
}
