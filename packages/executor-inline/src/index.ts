/**
 * Runs handlers on the main event loop.
 *
 * @module @eventlane/executor-inline
 */
export { InlineExecutor, type InlineExecutorOptions } from './inline-executor.js'
