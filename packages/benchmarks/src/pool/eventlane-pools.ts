import type { Executor } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import { ProcessExecutor } from '@eventlane/executor-process'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { emitterPool, type Route } from './emitter-pool.js'
import type { PoolSubject } from './pool.js'
import type { Task } from './task.js'
import { done, TaskDue } from './workers/handlers.js'
import { WaitDue, waits, type Wait } from './workers/waiting.js'

const taskRoute = { event: TaskDue, handler: done }
const waitRoute = { event: WaitDue, handler: waits }

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

/** The five execution modes, under their names, for handlers that do nothing and for handlers that wait. */
const modes: readonly (readonly [name: string, open: (workers: number) => Executor])[] = [
  ['main-event-loop-async', () => new InlineExecutor()],
  ['separate-thread', (workers) => new ThreadExecutor({ workers })],
  ['separate-thread-async', (workers) => new ThreadExecutor({ workers, concurrency: ASYNC_CONCURRENCY })],
  ['separate-process', (workers) => new ProcessExecutor({ workers })],
  ['separate-process-async', (workers) => new ProcessExecutor({ workers, concurrency: ASYNC_CONCURRENCY })],
]

const inEveryMode = <Task>(route: Route<Task>): readonly PoolSubject<Task>[] =>
  modes.map(([name, open]) => ({ name, open: (workers) => emitterPool(open(workers), [route]) }))

export const modeSubjects: readonly PoolSubject<Task>[] = inEveryMode(taskRoute)
export const waitingSubjects: readonly PoolSubject<Wait>[] = inEveryMode(waitRoute)
