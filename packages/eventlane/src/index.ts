/**
 * eventlane in one install: core and the local executors.
 *
 * @module eventlane
 */
export * from '@eventlane/core'
export { InlineExecutor, type InlineExecutorOptions } from '@eventlane/executor-inline'
export { ProcessExecutor, type ProcessExecutorOptions } from '@eventlane/executor-process'
export { ThreadExecutor, type ThreadExecutorOptions } from '@eventlane/executor-thread'
export { EventEmitter, type EventEmitterOptions } from './event-emitter.js'
export { autoMode, type AutoMode } from './auto-mode.js'
export { createExecutor, type ExecutorFor, type ExecutorOptionsFor } from './create-executor.js'
export type { WorkUnit } from './decision-table.js'
export type { HandlerReport } from './handler-observation.js'
export { observe, type Observation, type ObserveOptions } from './observe.js'
export type { PlacementWarning } from './placement-advice.js'
export { recommendExecutor, type Recommendation } from './recommend-executor.js'
export type { WorkProfile } from './work-profile.js'
