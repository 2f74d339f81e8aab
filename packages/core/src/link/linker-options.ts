import { isDebugOption, type DebugOption } from '../tracing/debug-log.js'
import type { Link, SettlementCallbacks } from './link.js'
import { isFunction, isPositiveInteger } from '../options.js'

/** What `onLink` and `onUnlink` are told: it is said for each event of a link. */
export interface LinkChange {
  /** The name of the event, or the namespace; `**` for `anyEvent`. */
  readonly event: string
  /** The link that was made or has ended. */
  readonly link: Link
  /** How many links to exactly that event there are now: 1 after the first was made, 0 after the last has ended. */
  readonly count: number
}

/** What a linker does for all of its links. */
export interface LinkerOptions extends SettlementCallbacks {
  /** Appears in error messages. */
  readonly name?: string
  /** How many links it takes at most. Default: no limit. */
  readonly maxLinks?: number
  /** How many links to one event, or to one namespace, it takes at most. Default: no limit. */
  readonly maxLinksPerEvent?: number
  /** Called when a link has been made, so that a source of events can be started with the first one. */
  readonly onLink?: (change: LinkChange) => void
  /** Called when a link has ended, so that a source of events can be stopped with the last one. */
  readonly onUnlink?: (change: LinkChange) => void
  /**
   * Prints a line for each link that is made or ends, and what the emitters of this linker do: `true` to the standard error
   * stream, a function is called with each line. `NODE_DEBUG=eventlane` in the environment does so for all. Default: `false`.
   */
  readonly debug?: DebugOption
}

export const LINKER_OPTIONS: Readonly<Record<keyof LinkerOptions, (value: unknown) => boolean>> = {
  name: (value) => typeof value === 'string',
  maxLinks: isPositiveInteger,
  maxLinksPerEvent: isPositiveInteger,
  onLink: isFunction,
  onUnlink: isFunction,
  onSuccess: isFunction,
  onFailure: isFunction,
  debug: isDebugOption,
}
