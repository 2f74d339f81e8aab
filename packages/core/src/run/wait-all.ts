import { onAbort } from '../abort-listener.js'
import { checkOptions, isAbortSignal, isPositiveMs } from '../options.js'
import type { TaskHandle } from './task-handle.js'

/** What {@link waitAll} waits for. */
export interface WaitOptions {
  /**
   * `all`: until every handle has settled; `first`: until one has; `first-error`: until one has settled in another way than
   * fulfilled, or all have. Default: `all`.
   */
  readonly until?: 'first' | 'first-error' | 'all'
  /** How long to wait at most, in milliseconds; what has not settled by then is `pending`. Default: no limit. */
  readonly timeoutMs?: number
  /** Ends the waiting when it aborts: the promise rejects with its reason. The runs go on. */
  readonly signal?: AbortSignal
}

/** Handles, by whether they have settled when the waiting ended; each in the order in which they were given. */
export interface Waited<Handle> {
  /** Those that have an outcome. */
  readonly settled: readonly Handle[]
  /** Those that are still waiting or running. */
  readonly pending: readonly Handle[]
}

const UNTIL: readonly unknown[] = ['first', 'first-error', 'all']
const WAIT_OPTIONS = {
  until: (value: unknown) => UNTIL.includes(value),
  timeoutMs: isPositiveMs,
  signal: isAbortSignal,
}

/**
 * Waits for handles, and neither throws what they fail with nor cancels what is left.
 *
 * @param handles of any executors
 * @param options see {@link WaitOptions}
 * @returns which have settled, and which have not
 * @throws InvalidOptionError, and the signal's reason, in the promise
 * @example
 * ```ts
 * import { waitAll, type TaskHandle } from '@eventlane/core'
 *
 * declare const mirrors: TaskHandle<string>[]
 *
 * const { settled, pending } = await waitAll(mirrors, { until: 'first', timeoutMs: 5_000 })
 * for (const handle of pending) handle.cancel()
 * console.log(settled[0]?.result)
 * ```
 */
export async function waitAll<Handle extends TaskHandle>(
  handles: Iterable<Handle>,
  options: WaitOptions = {},
): Promise<Waited<Handle>> {
  checkOptions(options, WAIT_OPTIONS, () => 'waitAll()')
  const { until = 'all', timeoutMs, signal } = options
  signal?.throwIfAborted()
  const all = [...new Set(handles)]
  const undo: (() => void)[] = []
  try {
    await new Promise<void>((resolve, reject) => {
      let left = all.length
      if (left === 0) resolve()
      if (timeoutMs !== undefined) {
        const timer = setTimeout(resolve, timeoutMs)
        undo.push(() => {
          clearTimeout(timer)
        })
      }
      const stop = (): void => {
        reject(signal?.reason as Error)
      }
      if (signal) undo.push(onAbort(signal, stop))
      for (const handle of all) {
        const settled = (): void => {
          left -= 1
          const isWanted = until === 'first' || (until === 'first-error' && handle.status !== 'fulfilled')
          if (left === 0 || isWanted) resolve()
        }
        handle.observe()
        undo.push(handle.onSettled(settled))
      }
    })
  } finally {
    for (const each of undo) each()
  }
  return {
    settled: all.filter(isSettled),
    pending: all.filter((handle) => !isSettled(handle)),
  }
}

function isSettled({ status }: TaskHandle): boolean {
  return status !== 'pending' && status !== 'running'
}
