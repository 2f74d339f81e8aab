/**
 * Pools of workers with long-lived lanes: the engine of the thread and process executors.
 *
 * @module @eventlane/worker-pool
 */
export { resolvePoolOptions, type PoolOptions, type ResolvedPoolOptions } from './pool-options.js'
export type { WorkerKind } from './pool-worker.js'
export { describeExit, exitCause, type WorkerExit } from './worker-exit.js'
export { WorkerPool } from './worker-pool.js'
