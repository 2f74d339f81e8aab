import { onAbort } from '../abort-listener.js'
import { DirectCall } from './direct-call.js'
import type { Executor } from '../executor/executor.js'
import type { AnyHandler } from '../handler/handler.js'
import type { InputOfHandler, ResultOfHandler } from '../handler/handler-events.js'
import type { PayloadArguments } from '../event/payload-arguments.js'
import { checkRunOptions, type RunOptions } from './run-options.js'
import { TaskHandle } from './task-handle.js'

/** The arguments that follow the handler in `run`: its payload, left out where it takes none, and {@link RunOptions}. */
export type RunArguments<Function extends AnyHandler> = PayloadArguments<
  InputOfHandler<Function>,
  [options?: RunOptions]
>

/**
 * Runs one handler on an executor, without an event and an emitter. The same rules hold as for emissions: the handler has an
 * address, payload and result are portable, and the executor's `maxQueue` and `overflow` apply.
 *
 * Executors of this project have it as their method `run`; this function does the same with any executor. `context.event` is the
 * name of the event that the handler was defined with, or else the handler's own; `context.emit` has no emitter and rejects.
 *
 * @param executor what runs it
 * @param handler a function with an address: defined with `defineHandler`, or a decorated static method
 * @param rest the payload, which the schema of the handler's event validates where the handler was defined with one, and
 *   {@link RunOptions}
 * @returns a handle: await it for the result, or look at `outcome`, `result` and `error`, which do not throw
 * @throws InvalidPayloadError, PayloadNotPortableError, HandlerNotPortableError, InvalidOptionError, EmitterClosedError,
 *   QueueFullError, NestedExecutorError, and the reason of a signal that is already aborted; when it throws, nothing has happened
 * @example
 * ```ts
 * import { defineHandler, runTask, type Executor } from '@eventlane/core'
 *
 * declare const executor: Executor
 * export const score = defineHandler(import.meta.url, function score(order: { total: number }) {
 *   return order.total / 100
 * })
 *
 * const handle = runTask(executor, score, { total: 4999 }, { timeoutMs: 500 })
 * console.log(await handle) // a number
 * ```
 */
export function runTask<Function extends AnyHandler>(
  executor: Executor,
  handler: Function,
  ...rest: RunArguments<Function>
): TaskHandle<ResultOfHandler<Function>>
export function runTask(executor: Executor, handler: AnyHandler, ...rest: readonly unknown[]): TaskHandle {
  const [input, options = {}] = rest
  checkRunOptions(options)
  const { signal } = options
  signal?.throwIfAborted()
  let admission: Promise<void> | undefined
  const task = new DirectCall(executor, handler, options).begin(input, (made) => {
    admission = executor.submit([made]) ?? undefined
  })
  const handle = new TaskHandle(task, admission)
  if (signal) {
    const unlisten = onAbort(signal, () => {
      handle.cancel(signal.reason)
    })
    task.onSettled(unlisten)
  }
  return handle
}
