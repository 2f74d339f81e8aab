import type { ExecutionMode } from '@eventlane/core'

/**
 * Where a service lives, and how it handles events. The plain modes have a worker of their own and handle one event at a time; the
 * `-async` ones have one too and handle many at once; `main-event-loop-async` lives on the event loop of the program.
 */
export type ServiceMode = Exclude<ExecutionMode, 'remote'>

/** How many events a service of a mode may be handling at once. */
export function concurrencyOf(mode: ServiceMode): number {
  return mode === 'separate-thread' || mode === 'separate-process' ? 1 : Number.POSITIVE_INFINITY
}
