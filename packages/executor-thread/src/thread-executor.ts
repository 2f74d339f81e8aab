import { resolvePoolOptions, WorkerPool, type PoolOptions } from '@eventlane/worker-pool'

/** How a {@link ThreadExecutor} is set up. */
export type ThreadExecutorOptions = PoolOptions

/**
 * Runs handlers in a pool of worker threads: CPU-bound work leaves the event loop free and uses every core.
 *
 * With `concurrency` above 1 it is in `separate-thread-async` mode: handlers share the event loop of their thread.
 *
 * @example
 * ```ts
 * import { EventEmitter } from '@eventlane/core'
 * import { ThreadExecutor } from '@eventlane/executor-thread'
 *
 * await using events = new EventEmitter({ executor: new ThreadExecutor({ workers: 4 }) })
 * ```
 */
export class ThreadExecutor extends WorkerPool {
  /**
   * @param options see {@link ThreadExecutorOptions}
   * @throws InvalidOptionError when an option is unknown or of the wrong type
   */
  constructor(options: ThreadExecutorOptions = {}) {
    const entry = () => new URL('./thread-lane.js', import.meta.url)
    super({ kind: 'thread', entry }, resolvePoolOptions(options, 'new ThreadExecutor()'))
  }
}
