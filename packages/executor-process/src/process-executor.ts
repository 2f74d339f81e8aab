import { resolvePoolOptions, WorkerPool, type PoolOptions } from '@eventlane/worker-pool'

/** How a {@link ProcessExecutor} is set up. */
export type ProcessExecutorOptions = PoolOptions

/**
 * Runs handlers in a pool of child processes: what a handler does to its process (exit, crash, memory, native code) stays
 * there.
 *
 * With `concurrency` above 1 it is in `separate-process-async` mode: handlers share the event loop of their process.
 *
 * @example
 * ```ts
 * import { EventEmitter } from '@eventlane/core'
 * import { ProcessExecutor } from '@eventlane/executor-process'
 *
 * await using events = new EventEmitter({ executor: new ProcessExecutor({ workers: 2, maxOldSpaceMb: 256 }) })
 * ```
 */
export class ProcessExecutor extends WorkerPool {
  /**
   * @param options see {@link ProcessExecutorOptions}
   * @throws InvalidOptionError when an option is unknown or of the wrong type
   */
  constructor(options: ProcessExecutorOptions = {}) {
    const entry = () => new URL('./process-lane.js', import.meta.url)
    super({ kind: 'process', entry }, resolvePoolOptions(options, 'new ProcessExecutor()'))
  }
}
