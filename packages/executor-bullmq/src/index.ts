/**
 * Runs handlers on other machines, through BullMQ and Redis.
 *
 * @module @eventlane/executor-bullmq
 */
export { BullMQExecutor } from './bullmq-executor.js'
export type { BullMQExecutorOptions } from './bullmq-options.js'
export { DeadLetters, type DeadLetter, type DeadLetterRange } from './dead-letters.js'
export {
  DataLossError,
  EnqueueError,
  InvalidJobError,
  RemoteHandlerError,
  ResultLostError,
  UnsafeRedisError,
} from './errors.js'
export type {
  BackoffOptions,
  RetentionLimits,
  OrderOptions,
  QueueLocation,
  RetentionOptions,
} from './queue-options.js'
export type { RedisReference } from './redis-connection.js'
export { createWorker, RemoteWorker, type WorkerShutdownOptions } from './remote-worker.js'
export type { SigningKey } from './signature.js'
export { subscriberGroup } from './subscriber-group.js'
export type { WorkerExecutorName, WorkerOptions } from './worker-options.js'
export type { WorkerStats } from './worker-stats.js'
