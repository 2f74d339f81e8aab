/**
 * Runs handlers in a pool of worker threads.
 *
 * @module @eventlane/executor-thread
 */
export { ThreadExecutor, type ThreadExecutorOptions } from './thread-executor.js'
