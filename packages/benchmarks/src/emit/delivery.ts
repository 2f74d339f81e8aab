/** How many handlers an event has. */
export const HANDLER_COUNTS = [1, 10, 100] as const

type HandlerCount = (typeof HANDLER_COUNTS)[number]

/**
 * What is measured: `awaited`, one emission after the other, with handlers that are async functions; `forgotten`, many at
 * once, with synchronous handlers, until the last one is done.
 */
export type Delivery = 'awaited' | 'forgotten'

/** A task that contenders are given. */
export interface EmitTask {
  readonly delivery: Delivery
  readonly handlers: HandlerCount
}
