import { EventEmitter as CoreEventEmitter, type DefaultEvents, type EmitterOptions } from '@eventlane/core'
import { ThreadExecutor } from '@eventlane/executor-thread'

/** How an {@link EventEmitter} is put together; without an executor it gets a `ThreadExecutor`. */
export type EventEmitterOptions<Events extends object = DefaultEvents> = Omit<
  EmitterOptions<Events>,
  'executor'
> &
  Partial<Pick<EmitterOptions<Events>, 'executor'>>

/**
 * The emitter of `@eventlane/core`, with worker threads where no executor is given.
 *
 * @typeParam Events the linker's event map
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
export class EventEmitter<Events extends object = DefaultEvents> extends CoreEventEmitter<Events> {
  /**
   * @param options see {@link EventEmitterOptions}
   * @throws InvalidOptionError when an option is unknown or wrong; ExecutorOwnedError when another emitter owns the executor
   */
  constructor(options: EventEmitterOptions<Events> = {}) {
    super({ ...options, executor: options.executor ?? new ThreadExecutor() })
  }
}
