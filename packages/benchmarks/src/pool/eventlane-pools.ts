import { EventEmitter, EventLinker, type Executor } from '@eventlane/core'
import { ProcessExecutor } from '@eventlane/executor-process'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { promisedPool, type Pool, type PoolSubject } from './pool.js'
import { done, TaskDue } from './workers/handlers.js'

/** The whole of it: an emission for each task, whose report is awaited and whose outcome is read. */
export function emitterPool(executor: Executor): Pool {
  const linker = new EventLinker()
  linker.on(TaskDue, done)
  const events = new EventEmitter({ executor, linker })
  return promisedPool({
    run: async (task) => {
      const outcome = (await events.emit(TaskDue, task).settled).of(done)
      if (outcome?.status !== 'fulfilled') throw new Error(`the task is ${outcome?.status}`)
      return outcome.value
    },
    close: () => events.shutdown(),
  })
}

export const eventlaneThreads: PoolSubject = {
  name: 'eventlane',
  open: (workers) => emitterPool(new ThreadExecutor({ workers })),
}

export const eventlaneProcesses: PoolSubject = {
  name: 'eventlane',
  open: (workers) => emitterPool(new ProcessExecutor({ workers })),
}
