import type { LocalExecutionMode } from '@eventlane/core'

/** How many events a service of a mode may be handling at once. */
export function concurrencyOf(mode: LocalExecutionMode): number {
  return mode === 'separate-thread' || mode === 'separate-process' ? 1 : Number.POSITIVE_INFINITY
}
