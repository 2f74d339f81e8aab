import { DirectCall } from './direct-call.js'
import type { Executor } from '../executor/executor.js'
import type { AnyHandler } from '../handler/handler.js'
import type { InputOfHandler, ResultOfHandler } from '../handler/handler-events.js'
import type { Outcome } from '../executor/outcome.js'
import { checkMapOptions, type MapOptions } from './run-options.js'
import { TaskResults } from './task-results.js'

/** The payloads that a handler is run with, one after the other. */
export type MapItems<Function extends AnyHandler> =
  Iterable<InputOfHandler<Function>> | AsyncIterable<InputOfHandler<Function>>

/**
 * Runs one handler for each item of an iterable, without an event and an emitter: a lazy iterator over the results. It takes items
 * as it is iterated, at most `concurrency` ahead, so it holds bounded memory over a source without end. The rules are those of
 * `runTask`, except that it waits for room in the executor's queue whatever `overflow` says.
 *
 * An item that fails, at its place among the results where they are `ordered`, makes the iterator throw what `await` of its run would;
 * with `outcomes` nothing is thrown, and each item gives its `Outcome`. A source that fails, and an executor that is closed, make it
 * throw after the results of the items before. When it throws or its loop is left, what is under way is cancelled, and the source is
 * told.
 *
 * @param executor what runs the handler
 * @param handler a function with an address: defined with `defineHandler`, or a decorated static method
 * @param items payloads, from any iterable or async iterable; they are validated and copied when they are taken
 * @param options see {@link MapOptions}
 * @returns an async iterator of one result for each item
 * @throws HandlerNotPortableError, InvalidOptionError, PayloadNotPortableError of the metadata, NestedExecutorError. The iterator
 *   throws besides: InvalidPayloadError, PayloadNotPortableError, EmitterClosedError, QueueFullError of an executor that cannot wait,
 *   and the signal's reason
 * @example
 * ```ts
 * import { defineHandler, mapTasks, type Executor } from '@eventlane/core'
 *
 * declare const executor: Executor
 * declare const lines: AsyncIterable<string>
 * export const length = defineHandler(import.meta.url, function length(line: string) {
 *   return line.length
 * })
 *
 * let total = 0
 * for await (const count of mapTasks(executor, length, lines, { concurrency: 50, ordered: false })) total += count
 * console.log(total)
 * ```
 */
export function mapTasks<Function extends AnyHandler>(
  executor: Executor,
  handler: Function,
  items: MapItems<Function>,
  options: MapOptions & { readonly outcomes: true },
): TaskResults<Outcome<ResultOfHandler<Function>>>
export function mapTasks<Function extends AnyHandler>(
  executor: Executor,
  handler: Function,
  items: MapItems<Function>,
  options?: MapOptions & { readonly outcomes?: false },
): TaskResults<ResultOfHandler<Function>>
export function mapTasks(
  executor: Executor,
  handler: AnyHandler,
  items: Iterable<unknown> | AsyncIterable<unknown>,
  options: MapOptions = {},
): TaskResults<unknown> {
  checkMapOptions(options)
  return new TaskResults(executor, new DirectCall(executor, handler, options), items, options)
}
