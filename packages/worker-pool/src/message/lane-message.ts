import type { ExecutionMode, PayloadLimits } from '@eventlane/core'
import type { Loader } from '../worker/handler-module.js'

/*
 * What travels between a pool and a worker. Both directions carry batches: one message is an array of items. Items are
 * tuples of strings and numbers only, so that the JSON of a child process's channel keeps them as they are.
 */

/** Pool to worker. */
export type LaneItem =
  /** Names an address; later items refer to it by its index. */
  | readonly [kind: 'address', index: number, module: string, name: string]
  /** Says where a class is defined whose instances later tasks may hold. */
  | readonly [kind: 'class', name: string, module: string]
  | readonly [
      kind: 'task',
      id: number,
      addressIndex: number,
      event: string,
      emissionId: string,
      payload: string,
      /** What follows is left out where all of it is as for most tasks: each element costs time at both ends. 1 by default. */
      attempt?: number,
      /** 1 where the pool wants to know at once that the handler starts, to time it. */
      announce?: 0 | 1,
      parentId?: string | null,
      /** Encoded. */
      metadata?: string | null,
    ]
  | readonly [kind: 'cancel', id: number, reason: string]
  /** Asks whether handlers can be found; answered by `prepared`. */
  | readonly [kind: 'prepare', request: number, addressIndexes: readonly number[]]
  /** Answers `emit`; an encoded error where it was refused. */
  | readonly [kind: 'admitted', request: number, error: string | null]
  /** Nothing follows: the lane may end. */
  | readonly [kind: 'close']

/** Worker to pool. */
export type WorkerItem =
  | readonly [kind: 'ready']
  /** A message arrived, whatever becomes of its tasks. */
  | readonly [kind: 'receipt']
  | readonly [kind: 'started', id: number]
  | readonly [kind: 'fulfilled', id: number, result: string, runMs: number]
  | readonly [kind: 'rejected', id: number, error: string, runMs: number]
  /** The task was cancelled or taken back before it started. */
  | readonly [kind: 'skipped', id: number]
  | readonly [
      kind: 'prepared',
      request: number,
      failures: readonly (readonly [addressIndex: number, error: string])[],
    ]
  | readonly [kind: 'emit', request: number, taskId: number, event: string, payload: string]
  /** The worker ends by its own doing: the handler that it comes from, where known, and the uncaught error, if it is one. */
  | readonly [kind: 'ending', culprit: string | null, error: string | null]

/** What a worker is told when a lane is opened. */
export interface LaneSettings {
  readonly mode: ExecutionMode
  readonly concurrency: number
  readonly loader: Loader
  /** Those of the program: what it may send, its workers may send back. */
  readonly payloadLimits: Required<PayloadLimits>
}

/** One end of a lane: messages out, messages in. */
export interface LaneConnection<Outgoing, Incoming> {
  post(items: readonly Outgoing[]): void
  onMessage(listener: (items: readonly Incoming[]) => void): void
  close(): void
}

/**
 * A batch on the channel of a child process, which carries tinypool's messages too, and whatever handlers send.
 */
export interface ProcessMessage<Item> {
  readonly eventlane: readonly Item[]
}

/** The batch in a message of that channel; `undefined` where the message is somebody else's. */
export function itemsOf(message: unknown): readonly unknown[] | undefined {
  if (typeof message !== 'object' || message === null || !('eventlane' in message)) return undefined
  return (message as ProcessMessage<unknown>).eventlane
}
