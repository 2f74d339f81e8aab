import { tracingChannel } from 'node:diagnostics_channel'
import type { HandlerAddress } from '../address.js'
import type { ExecutionMode, TaskResult } from '../executor/executor.js'
import type { Metadata } from '../payload/metadata.js'
import type { OutcomeCounts } from '../executor/outcome.js'

/**
 * Runs `run` with something in place, such as a context of a tracer, and throws nothing of its own. It is called once, for what is
 * there while `run` runs to be there in all that follows.
 */
export type TraceScope = (run: () => void) => void

/** What subscribers of `start` may add to what they are told of. Later it has no effect. */
export interface TraceExtension {
  /**
   * Goes into the metadata of the emission, or of this attempt at the task, and over what is there: so it travels to the handler
   * into any realm. Where it is `undefined`, the entry is taken away.
   */
  readonly addedMetadata: Record<string, string | undefined>
  /** All that belongs to the emission, or to this attempt in the emitter's realm, runs inside of these. */
  readonly scopes: TraceScope[]
}

/**
 * What the channels `tracing:eventlane.emit:*` of `node:diagnostics_channel` are told: one object for each `emit`, which fills up
 * as the emission goes on.
 *
 * `start`, `end`, and `error` where `emit` throws, are published while `emit` is called; `asyncStart` and `asyncEnd` when every
 * task has its outcome.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import type { EmitMessage } from '@eventlane/core'
 *
 * subscribe('tracing:eventlane.emit:asyncEnd', (message) => {
 *   const { event, durationMs } = message as EmitMessage
 *   console.log(event, durationMs)
 * })
 * ```
 */
export interface EmitMessage extends TraceExtension {
  /** The name of the event. */
  readonly event: string
  /** The id of the emission. */
  readonly emissionId: string
  /** The emission whose handler emitted this one, if one did. */
  readonly parentId: string | undefined
  /** The metadata of that emission, where it has any that can be read here; the handler may have run in another program. */
  readonly parentMetadata?: Metadata
  /** The mode of the emitter's executor, or of the one that a direct run was given to. */
  readonly mode: ExecutionMode
  /** `true` for a direct run, `runTask` or an item of `mapTasks`: one handler without an emission, told of as if it had one. */
  readonly isDirect?: true
  /** How many tasks were made; from `end` on, and not where `emit` threw. */
  readonly tasks?: number
  /** What `emit` threw; from `error` on. */
  readonly error?: unknown
  /** How the tasks ended; from `asyncStart` on. */
  readonly counts?: OutcomeCounts
  /** From `emit` to the last outcome, in milliseconds; from `asyncStart` on. */
  readonly durationMs?: number
}

/**
 * What the channels `tracing:eventlane.handle:*` of `node:diagnostics_channel` are told: one object for each attempt at a task,
 * which fills up when it ends.
 *
 * `start` is published when the executor starts the task or hands it to a worker, and not for tasks that end before; `asyncStart`
 * and `asyncEnd` when it has its outcome, and `error` before them where that is `rejected`. There is no `end`.
 */
export interface HandleMessage extends TraceExtension {
  /** The name of the event. */
  readonly event: string
  /** The handler in words: `name (module)`. */
  readonly handler: string
  /** The handler's address; `undefined` for a local one. */
  readonly address: HandlerAddress | undefined
  /** The id of the emission. */
  readonly emissionId: string
  /** The emission whose handler made this emission, if one did. */
  readonly parentId: string | undefined
  /** Which attempt at the task this is, from 1. */
  readonly attempt: number
  /** Where the handler runs. */
  readonly mode: ExecutionMode
  /** Whether `start` was published. */
  readonly hasBegun: boolean
  /** How it ended; from `error` on. */
  readonly outcome?: TaskResult['status']
  /** What the handler threw, or why it could not go on, where the outcome is `rejected`. */
  readonly error?: unknown
  /** Why, where the outcome is `cancelled` or `dropped`. */
  readonly reason?: unknown
  /** Whether another attempt at the task follows. */
  readonly isRetried?: boolean
  /** From `emit` to the handler's start, in milliseconds, earlier attempts included. */
  readonly waitMs?: number
  /** From the handler's start to its end, in milliseconds; 0 where it did not run. */
  readonly runMs?: number
}

export const emitChannel = tracingChannel<unknown, EmitMessage>('eventlane.emit')
export const handleChannel = tracingChannel<unknown, HandleMessage>('eventlane.handle')

/** Whether somebody has subscribed to any of the channels. */
export function isTraced(): boolean {
  return emitChannel.hasSubscribers || handleChannel.hasSubscribers
}
