/**
 * Runs handlers on other machines, through BullMQ and Redis.
 *
 * @module @eventlane/executor-bullmq
 */
export { BullMQExecutor } from './executor/bullmq-executor.js'
export type { BullMQExecutorOptions } from './executor/bullmq-options.js'
export { DeadLetters, type DeadLetter, type DeadLetterRange } from './job/dead-letters.js'
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
} from './job/queue-options.js'
export type { RedisReference } from './redis/redis-connection.js'
export { createWorker, RemoteWorker, type WorkerShutdownOptions } from './worker/remote-worker.js'
export type { SigningKey } from './job/signature.js'
export { subscriberGroup } from './job/subscriber-group.js'
export type { WorkerExecutorName, WorkerOptions } from './worker/worker-options.js'
export type { WorkerStats } from './worker/worker-stats.js'
