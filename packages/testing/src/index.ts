/**
 * The conformance suite for eventlane executors. The executor for users' own tests is in `@eventlane/testing/recording`.
 *
 * @module @eventlane/testing
 */
export { describeExecutor } from './describe-executor.js'
export { describeFaults, type FaultRunOptions } from './describe-faults.js'
export { describePool } from './describe-pool.js'
export { describePrograms } from './describe-programs.js'
export { checkForLeaks, LeakWatch } from './leak-watch.js'
export type {
  ExecutorFactory,
  ExecutorFactoryOptions,
  PoolFactory,
  PoolFactoryOptions,
} from './executor-factory.js'
export type { ExecutorReference } from './handlers.js'
