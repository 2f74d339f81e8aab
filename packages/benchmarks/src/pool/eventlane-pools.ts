import { InlineExecutor } from '@eventlane/executor-inline'
import { ProcessExecutor } from '@eventlane/executor-process'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { emitterPool } from './emitter-pool.js'
import type { PoolSubject } from './pool.js'
import type { Task } from './task.js'
import { done, TaskDue } from './workers/handlers.js'

const taskRoute = { event: TaskDue, handler: done }

/** How many handlers are under way at once in a worker of an async mode. */
const ASYNC_CONCURRENCY = 64

export const eventlaneThreads: PoolSubject<Task> = {
  name: 'eventlane',
  open: (workers) => emitterPool(new ThreadExecutor({ workers }), [taskRoute]),
}

export const eventlaneProcesses: PoolSubject<Task> = {
  name: 'eventlane',
  open: (workers) => emitterPool(new ProcessExecutor({ workers }), [taskRoute]),
}

/** The five execution modes, under their names. */
export const modeSubjects: readonly PoolSubject<Task>[] = [
  {
    name: 'main-event-loop-async',
    open: () => emitterPool(new InlineExecutor(), [taskRoute]),
  },
  { ...eventlaneThreads, name: 'separate-thread' },
  {
    name: 'separate-thread-async',
    open: (workers) =>
      emitterPool(new ThreadExecutor({ workers, concurrency: ASYNC_CONCURRENCY }), [taskRoute]),
  },
  { ...eventlaneProcesses, name: 'separate-process' },
  {
    name: 'separate-process-async',
    open: (workers) =>
      emitterPool(new ProcessExecutor({ workers, concurrency: ASYNC_CONCURRENCY }), [taskRoute]),
  },
]
