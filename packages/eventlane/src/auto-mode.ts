import { availableParallelism } from 'node:os'
import { debuglog } from 'node:util'
import { isMainThread } from 'node:worker_threads'
import { realmKind } from '@eventlane/core/executor'

/** What `auto` stands for in a place, and why. */
export interface AutoMode {
  /** The mode. */
  readonly mode: 'main-event-loop-async' | 'separate-thread'
  /** Half a sentence: `the program has 8 cores`. */
  readonly reason: string
}

const log = debuglog('eventlane')

/**
 * What `createExecutor('auto')` would make where this is called, and why. The same sentence is in the debug log
 * (`NODE_DEBUG=eventlane`) of programs that make such an executor.
 *
 * @returns `main-event-loop-async` inside a worker, of a pool or of your own, and where the program has one core;
 *   `separate-thread` otherwise
 * @example
 * ```ts
 * import { autoMode } from 'eventlane'
 *
 * const { mode, reason } = autoMode()
 * console.log(`${mode}, since ${reason}`) // separate-thread, since the program has 8 cores
 * ```
 */
export function autoMode(): AutoMode {
  if (realmKind() === 'process') return inline('this is a worker process of a pool')
  if (realmKind() === 'thread' || !isMainThread) return inline('this is a worker thread')
  const cores = availableParallelism()
  if (cores === 1) return inline('the program has one core')
  return { mode: 'separate-thread', reason: `the program has ${String(cores)} cores` }
}

/** The same, told to the debug log. */
export function decideMode(): AutoMode['mode'] {
  const { mode, reason } = autoMode()
  log("createExecutor('auto') decided: %s, since %s", mode, reason)
  return mode
}

function inline(reason: string): AutoMode {
  return { mode: 'main-event-loop-async', reason }
}
