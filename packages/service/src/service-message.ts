import type { LocalExecutionMode, PayloadLimits } from '@eventlane/core'

/*
 * What travels between a host and a service. Both directions carry batches: one message is an array of items, which are
 * tuples of strings and numbers only. Payloads, results and errors are encoded by core's codec.
 */

/** What a service needs to start; it is the same in every realm. */
export interface ServiceStart {
  readonly module: string
  /** The name at which the module has the service. */
  readonly address: string
  /** What the host calls it. */
  readonly name: string
  readonly mode: LocalExecutionMode
  /** Encoded. */
  readonly config: string
  /** Which start this is, from 1. */
  readonly incarnation: number
  readonly loader: string
  readonly payloadLimits: Required<PayloadLimits>
}

/** Host to service. */
export type HostItem =
  | readonly [kind: 'start', start: ServiceStart]
  /** Says where a class is defined whose instances later events may hold. */
  | readonly [kind: 'class', name: string, module: string]
  | readonly [
      kind: 'event',
      id: number,
      subscription: number,
      event: string,
      emissionId: string,
      parentId: string | null,
      payload: string,
      metadata: string,
    ]
  | readonly [kind: 'cancel', id: number, reason: string]
  /** Answers `emit`; an encoded error where it was refused. */
  | readonly [kind: 'admitted', request: number, error: string | null]
  | readonly [kind: 'ping']
  | readonly [kind: 'check', request: number]
  | readonly [kind: 'stop', reason: string]

/** Service to host. */
export type ServiceItem =
  /** Its realm listens. */
  | readonly [kind: 'listening']
  | readonly [kind: 'subscribe', subscription: number, keys: readonly string[]]
  | readonly [kind: 'unsubscribe', subscription: number]
  | readonly [kind: 'ready']
  /** It is of no use any more; `isHopeless` is 1 where another start would end the same. */
  | readonly [kind: 'failed', what: string, error: string, isHopeless: 0 | 1]
  | readonly [kind: 'stopped']
  | readonly [kind: 'fulfilled', id: number, result: string]
  | readonly [kind: 'rejected', id: number, error: string]
  /** `id` is that of the event that it is emitted out of, or `null`. */
  | readonly [kind: 'emit', request: number, id: number | null, event: string, payload: string]
  | readonly [kind: 'pong']
  /** Answers `check`: what the check returned, or the encoded error that it threw. */
  | readonly [kind: 'checked', request: number, isHealthy: 0 | 1, content: string]
  /** Its worker ends by its own doing: by an uncaught error, if one is named. */
  | readonly [kind: 'ending', error: string | null]
