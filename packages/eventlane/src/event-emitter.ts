import { EventEmitter as CoreEventEmitter, type DefaultEvents, type EmitterOptions } from '@eventlane/core'
import { ThreadExecutor } from '@eventlane/executor-thread'

/** How an {@link EventEmitter} is put together; without an executor it gets a `ThreadExecutor`. */
export type EventEmitterOptions<Events extends object = DefaultEvents, Name extends string = string> = Omit<
  EmitterOptions<Events, Name>,
  'executor'
> &
  Partial<Pick<EmitterOptions<Events, Name>, 'executor'>>

/**
 * The emitter of `@eventlane/core`, with worker threads where no executor is given.
 *
 * @typeParam Events the linker's event map
 * @typeParam Name the names of its further executors
 * @example
 * ```ts
 * import { defineEvent, EventEmitter, EventLinker } from 'eventlane'
 *
 * const Tick = defineEvent('tick')
 * EventLinker.default.on(Tick, () => console.log('tick'), { local: true })
 *
 * await using events = new EventEmitter()
 * events.emit(Tick)
 * ```
 */
export class EventEmitter<
  Events extends object = DefaultEvents,
  Name extends string = string,
> extends CoreEventEmitter<Events, Name> {
  /**
   * @param options see {@link EventEmitterOptions}
   * @throws InvalidOptionError when an option is unknown or wrong; ExecutorOwnedError when another emitter owns an executor;
   *   InvalidLinkError when a link names an executor that is not there
   */
  constructor(options: EventEmitterOptions<Events, Name> = {}) {
    super({ ...options, executor: options.executor ?? new ThreadExecutor() })
  }
}
