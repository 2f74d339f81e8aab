import type { Executor, QueueOptions } from '@eventlane/core'

/** What a conformance test asks of the executor it is given; what an executor does not know, it may leave alone. */
export interface ExecutorFactoryOptions extends QueueOptions {
  /** How many workers at most. */
  readonly workers?: number
  /** How many handlers at once in each worker; where there are no workers, in all. */
  readonly concurrency?: number
  /** How long a handler may go on after its signal has aborted, in milliseconds. */
  readonly killGraceMs?: number
}

/** Makes an executor for one test. */
export type ExecutorFactory = (options?: ExecutorFactoryOptions) => Executor

/** What a conformance test asks of a pool of workers, beyond what it asks of any executor. */
export interface PoolFactoryOptions extends ExecutorFactoryOptions {
  /** How long a worker may take to start, and to import handler modules, in milliseconds. */
  readonly startTimeoutMs?: number
  /** Most memory of each worker's JavaScript heap, in MiB. */
  readonly maxOldSpaceMb?: number
  /** Node.js options of the workers. */
  readonly execArgv?: readonly string[]
  /** Environment variables of the workers. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Makes a pool of workers for one test. */
export type PoolFactory = (options?: PoolFactoryOptions) => Executor
