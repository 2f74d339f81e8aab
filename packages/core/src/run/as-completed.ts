import { onAbort } from '../abort-listener.js'
import { checkOptions, isAbortSignal } from '../options.js'
import type { TaskHandle } from './task-handle.js'
import { TaskQueue } from '../executor/task-queue.js'

/** Options of {@link asCompleted}. */
export interface AsCompletedOptions {
  /** Ends the waiting when it aborts: the iterator throws its reason. The runs go on. `AbortSignal.timeout(ms)` is a time limit. */
  readonly signal?: AbortSignal
}

/** A handle that has settled, and how it ended. The handle by itself would be awaited, as a promise is. */
export interface Completed<Handle extends TaskHandle> {
  /** What `run` gave. */
  readonly handle: Handle
  /** How it ended. */
  readonly outcome: NonNullable<Handle['outcome']>
}

/**
 * Gives handles as they settle, the first to settle first, each once. What has settled before comes first.
 *
 * @param handles of any executors
 * @param options see {@link AsCompletedOptions}
 * @returns a lazy iterator; leaving its loop cancels nothing
 * @throws InvalidOptionError; the iterator throws the signal's reason
 * @example
 * ```ts
 * import { asCompleted, type TaskHandle } from '@eventlane/core'
 *
 * declare const downloads: TaskHandle<string>[]
 *
 * for await (const { handle, outcome } of asCompleted(downloads)) console.log(handle.id, outcome.status)
 * ```
 */
export function asCompleted<Handle extends TaskHandle>(
  handles: Iterable<Handle>,
  options: AsCompletedOptions = {},
): AsyncGenerator<Completed<Handle>, void, undefined> {
  checkOptions(options, { signal: isAbortSignal }, () => 'asCompleted()')
  const waited = new Set(handles)
  for (const handle of waited) handle.observe()
  return settledOnes(waited, options.signal)
}

async function* settledOnes<Handle extends TaskHandle>(
  handles: ReadonlySet<Handle>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Completed<Handle>, void, undefined> {
  const settled = new TaskQueue<Handle>()
  let notify = (): void => undefined
  const undo = [...handles].map((handle) =>
    handle.onSettled(() => {
      settled.push(handle)
      notify()
    }),
  )
  const wake = (): void => {
    notify()
  }
  if (signal) undo.push(onAbort(signal, wake))
  try {
    for (let left = handles.size; left > 0; left -= 1) {
      while (settled.peek() === undefined) {
        signal?.throwIfAborted()
        await new Promise<void>((resolve) => (notify = resolve))
      }
      signal?.throwIfAborted()
      const next = settled.shift()
      if (next?.outcome) yield { handle: next, outcome: next.outcome }
    }
  } finally {
    for (const each of undo) each()
  }
}
