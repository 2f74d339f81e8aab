import { isDelayMs, isLimit, isPlainObject, isPositiveInteger, isPositiveMs } from '@eventlane/core/executor'
import type { Telemetry } from 'bullmq'
import { isRedisReference, type RedisReference } from '../redis/redis-connection.js'
import { areSigningKeys, type SigningKey } from './signature.js'

/** Where the tasks of a group wait: what emitters and workers have to agree on. */
export interface QueueLocation {
  /** Where Redis is; see {@link RedisReference}. */
  readonly connection: RedisReference
  /** The first part of every key in Redis, so that programs can share one. Default: `eventlane`. */
  readonly prefix?: string
  /**
   * The group of workers that tasks go to, and that a worker is one of: the name of a queue, of letters, digits, `_`, `.` and `-`.
   * Default: `main`.
   */
  readonly group?: string
  /** Spreads ordered tasks over that many queues, each of which runs one task at a time. Default: no order across machines. */
  readonly order?: OrderOptions
  /**
   * Keys that jobs are signed with: emitters use the first one, workers take jobs that were signed with any of them. To rotate,
   * append the new key everywhere, then put it first, then leave the old one out. Default: jobs are not signed.
   */
  readonly signingKeys?: readonly SigningKey[]
  /** Traces jobs, such as a `BullMQOtel`. Default: none; `@eventlane/opentelemetry` needs none. */
  readonly telemetry?: Telemetry
}

/** How tasks are kept in order across machines. */
export interface OrderOptions {
  /** How many queues; a worker has two connections for each. The same everywhere. */
  readonly shards: number
}

/** How failed tasks are tried again where links do not say. */
export interface BackoffOptions {
  /** `exponential` (default): each delay is twice the one before it; `fixed`: all are the same. */
  readonly type?: 'exponential' | 'fixed'
  /** The first delay, in milliseconds. Default: 1000. */
  readonly delayMs?: number
  /** The longest delay, in milliseconds. Default: 30,000. */
  readonly maxDelayMs?: number
  /** The share of each delay that is random, from 0 to 1. Default: 0.5. */
  readonly jitter?: number
}

/** How long jobs are kept that are done with. */
export interface RetentionLimits {
  /** In milliseconds. */
  readonly ageMs?: number
  /** How many at most. */
  readonly count?: number
}

/** How long jobs are kept that are done with; as long as a job is kept, adding it again does nothing. */
export interface RetentionOptions {
  /** Default: an hour, and 20,000. */
  readonly completed?: RetentionLimits
  /** The dead letters. Default: 14 days, and 100,000. */
  readonly failed?: RetentionLimits
}

type Checks = Readonly<Record<string, (value: unknown) => boolean>>

/** Of `:` BullMQ makes its keys. */
const isQueueName = (value: unknown): boolean => typeof value === 'string' && /^[\w.-]{1,100}$/.test(value)

/** Whether a value is an object of known options. */
const isObjectOf =
  (known: Checks) =>
  (value: unknown): boolean =>
    isPlainObject(value) &&
    Object.entries(value).every(
      ([name, option]) => Object.hasOwn(known, name) && (option === undefined || known[name]?.(option)),
    )

export const QUEUE_LOCATION: Checks = {
  connection: isRedisReference,
  prefix: isQueueName,
  group: isQueueName,
  order: isObjectOf({ shards: (value) => isPositiveInteger(value) && value <= 256 }),
  signingKeys: areSigningKeys,
  telemetry: (value) => typeof value === 'object' && value !== null,
}

const KEEP: Checks = { ageMs: isPositiveMs, count: isLimit }

export const JOB_OPTIONS: Checks = {
  attempts: isPositiveInteger,
  backoff: isObjectOf({
    type: (value) => value === 'exponential' || value === 'fixed',
    delayMs: isDelayMs,
    maxDelayMs: isDelayMs,
    jitter: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  }),
  delayMs: isDelayMs,
  retention: isObjectOf({ completed: isObjectOf(KEEP), failed: isObjectOf(KEEP) }),
}

export const DEFAULT_PREFIX = 'eventlane'
export const DEFAULT_GROUP = 'main'

/** The queue of a shard of a group. */
export function shardName(group: string, shard: number): string {
  return `${group}-${String(shard)}`
}
