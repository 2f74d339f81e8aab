import { EventEmitter, EventLinker, type EventDefinition, type Executor, type Handler } from '@eventlane/core'
import { promisedPool, type Pool } from './pool.js'

/** The whole of it: an emission for each task, whose report is awaited and whose outcome is read. */
export function emitterPool<Task>(
  executor: Executor,
  event: EventDefinition<string, Task>,
  handler: Handler<Task, number>,
): Pool<Task> {
  const linker = new EventLinker()
  linker.on(event, handler)
  const events = new EventEmitter({ executor, linker })
  const emit = events.emit.bind(events) as (event: unknown, task: Task) => ReturnType<typeof events.emit>
  return promisedPool({
    run: async (task) => {
      const outcome = (await emit(event, task).settled).of(handler)
      if (outcome?.status !== 'fulfilled') throw new Error(`the task is ${outcome?.status}`)
      return outcome.value
    },
    close: () => events.shutdown(),
  })
}
