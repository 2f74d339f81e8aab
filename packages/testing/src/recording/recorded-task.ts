import type { HandlerAddress, Metadata } from '@eventlane/core'

interface Recorded<Payload> {
  /** The name of the event. */
  readonly event: string
  /** A copy of its own, as the handler gets one. */
  readonly payload: Payload
  /** The handler in words: `name (module)`. */
  readonly handler: string
  /** The handler's address; `undefined` for a local one. */
  readonly address: HandlerAddress | undefined
  /** The id of the emission. */
  readonly emissionId: string
  /** The emission whose handler emitted this one, if one did. */
  readonly parentId: string | undefined
  /** What travels with the emission beside its payload, a copy. */
  readonly metadata: Metadata
  /** The attempt that runs or comes next, or that gave the outcome; 1 without `retry`. */
  readonly attempt: number
}

/**
 * A task that was recorded, as it stood when it was asked for. It does not change later: ask again.
 *
 * @typeParam Payload what the handler gets
 * @typeParam Value what the handler returns, awaited
 */
export type RecordedTask<Payload = unknown, Value = unknown> =
  /** `pending` until it is run, fulfilled, rejected or cancelled. */
  | (Recorded<Payload> & { readonly status: 'pending' | 'running' })
  | (Recorded<Payload> & { readonly status: 'fulfilled'; readonly value: Value })
  | (Recorded<Payload> & { readonly status: 'rejected'; readonly error: unknown })
  | (Recorded<Payload> & { readonly status: 'cancelled'; readonly reason: unknown })
