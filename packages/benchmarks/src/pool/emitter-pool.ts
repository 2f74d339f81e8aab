import { EventEmitter, EventLinker, type EventDefinition, type Executor, type Handler } from '@eventlane/core'
import { promisedPool, type Pool } from './pool.js'

/** An event and its handler. */
export interface Route<Task> {
  readonly event: EventDefinition<string, Task>
  readonly handler: Handler<Task, number | Promise<number>>
}

/**
 * The whole of it: an emission for each task, whose report is awaited and whose outcome is read.
 *
 * @param routeOf which event a task is; where there are several, as many as `routes` has
 */
export function emitterPool<Task>(
  executor: Executor,
  routes: readonly Route<Task>[],
  routeOf: (task: Task) => Route<Task> = () => routes[0] as Route<Task>,
): Pool<Task> {
  const linker = new EventLinker()
  for (const { event, handler } of routes) linker.on(event, handler)
  const events = new EventEmitter({ executor, linker })
  const emit = events.emit.bind(events) as (event: unknown, task: Task) => ReturnType<typeof events.emit>
  return promisedPool({
    run: async (task) => {
      const { event, handler } = routeOf(task)
      const outcome = (await emit(event, task).settled).of(handler)
      if (outcome?.status !== 'fulfilled') throw new Error(`the task is ${outcome?.status}`)
      return outcome.value
    },
    close: () => events.shutdown(),
  })
}
