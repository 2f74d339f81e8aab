/**
 * Pools of workers with long-lived lanes: the engine of the thread and process executors.
 *
 * @module @eventlane/worker-pool
 */
export { resolvePoolOptions, type PoolOptions, type ResolvedPoolOptions } from './pool/pool-options.js'
export type { WorkerKind } from './lane/pool-worker.js'
export { describeExit, exitCause, type WorkerExit } from './lane/worker-exit.js'
export { WorkerPool } from './pool/worker-pool.js'
