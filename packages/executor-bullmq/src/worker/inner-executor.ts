import { availableParallelism } from 'node:os'
import type { Executor } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import { ProcessExecutor } from '@eventlane/executor-process'
import { ThreadExecutor } from '@eventlane/executor-thread'
import type { WorkerExecutorName } from './worker-options.js'

/** The executor inside a worker that runs its handlers. */
export function innerExecutor(executor: WorkerExecutorName | Executor, concurrency: number): Executor {
  if (typeof executor !== 'string') return executor
  if (executor === 'inline') return new InlineExecutor()
  const workers = Math.min(concurrency, availableParallelism())
  const pool = { workers, concurrency: Math.ceil(concurrency / workers) }
  return executor === 'thread' ? new ThreadExecutor(pool) : new ProcessExecutor(pool)
}
