import { EventlaneError } from '@eventlane/core'
import { checkOptions, isPlainObject, isPositiveInteger } from '@eventlane/core/executor'
import { Queue, type Job } from 'bullmq'
import type { Redis } from 'ioredis'
import {
  DEFAULT_GROUP,
  DEFAULT_PREFIX,
  QUEUE_LOCATION,
  shardName,
  type QueueLocation,
} from './queue-options.js'
import { endConnection, redisClient } from '../redis/redis-connection.js'

/** A task that failed for good, or a job that was refused. */
export interface DeadLetter {
  /** What {@link DeadLetters.retry} and {@link DeadLetters.remove} take. */
  readonly id: string
  /** The queue that it failed in. */
  readonly queue: string
  /** Event and handler in words. */
  readonly name: string
  /** `undefined` where the job was refused, and says nothing that could be believed. */
  readonly event: string | undefined
  /** The handler's name on the wire. */
  readonly handler: string | undefined
  /** The id of the emission, where the job tells. */
  readonly emissionId: string | undefined
  /** The payload, encoded: `payloads.decode(body)` gives it. */
  readonly body: string | undefined
  /** The error in words. */
  readonly reason: string
  /** The stack of that error, as the worker that ran it had it. */
  readonly stack: string | undefined
  /** How many attempts were made. */
  readonly attempts: number
  /** In milliseconds since 1970. */
  readonly failedAt: number
}

/** Which dead letters are wanted. */
export interface DeadLetterRange {
  /** How many at most, the latest first. Default: 100. */
  readonly limit?: number
  /** How many to leave out. Default: 0. */
  readonly offset?: number
}

const RANGE = {
  limit: isPositiveInteger,
  offset: (value: unknown) => value === 0 || isPositiveInteger(value),
}

/** The tasks of a group that failed for good; they are kept as long as the emitter's `retention` says. */
export class DeadLetters implements AsyncDisposable {
  readonly #client: Redis
  readonly #queues: readonly Queue[]

  /**
   * @param location where the group's tasks are
   * @throws InvalidOptionError when an option is unknown or of the wrong type
   */
  constructor(location: QueueLocation) {
    checkOptions(location, QUEUE_LOCATION, () => 'new DeadLetters()')
    const { connection, prefix = DEFAULT_PREFIX, group = DEFAULT_GROUP, order } = location
    this.#client = redisClient(connection, 'consumer', () => undefined)
    const shards = Array.from({ length: order?.shards ?? 0 }, (_, shard) => shardName(group, shard))
    this.#queues = [group, ...shards].map((name) => {
      const queue = new Queue(name, { connection: this.#client, prefix, skipMetasUpdate: true })
      queue.on('error', () => undefined)
      return queue
    })
  }

  /** The latest dead letters. */
  async list(range: DeadLetterRange = {}): Promise<DeadLetter[]> {
    checkOptions(range, RANGE, () => 'deadLetters.list()')
    const { limit = 100, offset = 0 } = range
    const letters = await Promise.all(
      this.#queues.map(async (queue) => {
        const jobs = await queue.getFailed(0, offset + limit - 1)
        return jobs.map((job) => letterOf(queue.name, job))
      }),
    )
    return letters
      .flat()
      .sort((left, right) => right.failedAt - left.failedAt)
      .slice(offset, offset + limit)
  }

  /** How many there are. */
  async count(): Promise<number> {
    const counts = await Promise.all(this.#queues.map((queue) => queue.getFailedCount()))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /**
   * Has a task run again, with all its attempts before it.
   *
   * @throws EventlaneError with `ERR_NO_DEAD_LETTER` when there is none of that id
   */
  async retry(id: string): Promise<void> {
    const { queue, job } = await this.#find(id)
    await this.#client.hdel(queue.toKey(id), 'parkedAt')
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
  }

  /**
   * Forgets a task.
   *
   * @throws EventlaneError with `ERR_NO_DEAD_LETTER` when there is none of that id
   */
  async remove(id: string): Promise<void> {
    const { job } = await this.#find(id)
    await job.remove()
  }

  /** Closes its connections to Redis. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#queues.map((queue) => queue.close()))
    await endConnection(this.#client)
  }

  async #find(id: string): Promise<{ readonly queue: Queue; readonly job: Job }> {
    for (const queue of this.#queues) {
      const job = (await queue.getJob(id)) as Job | undefined
      if (job !== undefined && (await job.isFailed())) return { queue, job }
    }
    throw new EventlaneError({
      code: 'ERR_NO_DEAD_LETTER',
      what: 'there is no dead letter of that id',
      where: `id ${id.slice(0, 200)}`,
      remedy:
        'list() tells which there are; one that was retried, or is older than the retention, is none any more',
    })
  }
}

function letterOf(queue: string, job: Job): DeadLetter {
  const data: Readonly<Record<string, unknown>> = isPlainObject(job.data) ? job.data : {}
  const text = (name: string): string | undefined => {
    const value = data[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    id: job.id ?? '',
    queue,
    name: job.name,
    event: text('event'),
    handler: text('handler'),
    emissionId: text('emission'),
    body: text('body'),
    reason: job.failedReason,
    stack: job.stacktrace?.at(-1),
    attempts: job.attemptsMade,
    failedAt: job.finishedOn ?? job.timestamp,
  }
}
