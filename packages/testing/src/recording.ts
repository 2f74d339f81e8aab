/**
 * An executor for tests of code that emits: it records tasks, and runs them when it is told to. It needs no test runner.
 *
 * @module @eventlane/testing/recording
 */
export type { RecordedTask } from './recording/recorded-task.js'
export { RecordedTaskError, RunError } from './recording/errors.js'
export { RecordingExecutor, type RecordingExecutorOptions } from './recording/recording-executor.js'
