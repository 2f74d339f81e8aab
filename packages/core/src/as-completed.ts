import { onAbort } from './abort-listener.js'
import { checkOptions, isAbortSignal } from './options.js'
import type { TaskHandle } from './task-handle.js'
import { TaskQueue } from './task-queue.js'

/** Options of {@link asCompleted}. */
export interface AsCompletedOptions {
  /** Ends the waiting when it aborts: the iterator throws its reason. The runs go on. `AbortSignal.timeout(ms)` is a time limit. */
  readonly signal?: AbortSignal
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
 * for await (const { status, result, error } of asCompleted(downloads)) console.log(status, result ?? error)
 * ```
 */
export function asCompleted<Handle extends TaskHandle>(
  handles: Iterable<Handle>,
  options: AsCompletedOptions = {},
): CompletedHandles<Handle> {
  checkOptions(options, { signal: isAbortSignal }, () => 'asCompleted()')
  const waited = new Set(handles)
  for (const handle of waited) handle.observe()
  return new CompletedHandles(settledOnes(waited, options.signal))
}

/** A handle as it can be yielded: by itself it would be awaited. */
interface Settled<Handle> {
  readonly handle: Handle
}

/** Handles as they settle; made by {@link asCompleted}. */
export class CompletedHandles<Handle> implements AsyncIterableIterator<Handle, undefined>, AsyncDisposable {
  readonly #settled: AsyncGenerator<Settled<Handle>, undefined, undefined>

  /** Made by {@link asCompleted}. */
  constructor(settled: AsyncGenerator<Settled<Handle>, undefined, undefined>) {
    this.#settled = settled
  }

  async next(): Promise<IteratorResult<Handle, undefined>> {
    return stepOf(await this.#settled.next())
  }

  async return(): Promise<IteratorResult<Handle, undefined>> {
    return stepOf(await this.#settled.return(undefined))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

function stepOf<Handle>({
  done,
  value,
}: IteratorResult<Settled<Handle>, undefined>): IteratorResult<Handle, undefined> {
  return done ? { done, value: undefined } : { done: false, value: value.handle }
}

async function* settledOnes<Handle extends TaskHandle>(
  handles: ReadonlySet<Handle>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Settled<Handle>, undefined, undefined> {
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
      if (next) yield { handle: next }
    }
    return undefined
  } finally {
    for (const each of undo) each()
  }
}
