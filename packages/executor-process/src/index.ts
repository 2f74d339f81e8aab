/**
 * Runs handlers in a pool of child processes.
 *
 * @module @eventlane/executor-process
 */
export { ProcessExecutor, type ProcessExecutorOptions } from './process-executor.js'
