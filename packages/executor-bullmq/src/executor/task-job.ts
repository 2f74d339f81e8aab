import { InvalidLinkError } from '@eventlane/core'
import type { Task } from '@eventlane/core/executor'
import type { JobsOptions } from 'bullmq'
import type { ResolvedExecutorOptions } from './bullmq-options.js'
import type { Envelope } from '../job/envelope.js'
import { handlerId } from '../job/handler-id.js'
import { jobId, shardOf } from '../job/job-id.js'
import { attemptsOf, defaultRetry, retryOf } from '../job/job-retry.js'
import { shardName, type RetentionLimits } from '../job/queue-options.js'
import { sign } from '../job/signature.js'
import { groupOf } from '../job/subscriber-group.js'

/** What is written to Redis for a task. */
export interface TaskJob {
  readonly queue: string
  /** Whether it comes after those that were written to the same queue before it. */
  readonly isOrdered: boolean
  /** What people read in a dashboard: event and handler. */
  readonly name: string
  readonly data: Envelope
  readonly opts: JobsOptions & { readonly jobId: string }
}

/** Where the job of a task is, or will be. */
export interface JobPlace {
  /** That of the workers who run it. */
  readonly group: string
  readonly queue: string
  /** Its handler's name on the wire, or that of the subscriber group. */
  readonly handler: string
  readonly jobId: string
  readonly isForSubscribers: boolean
  /** Who runs it, in words: the handler, or the subscriber group. */
  readonly runner: string
}

/** Where the job of a task is, or will be. */
export function jobPlace(task: Task, options: ResolvedExecutorOptions): JobPlace {
  const { address, emissionId, attempt, label } = task
  // Emitters keep local handlers from executors that are isolated.
  if (address === undefined) throw new TypeError(`a local handler was given to a queue: ${label}`)
  const subscribers = groupOf(address)
  const handler = subscribers ?? handlerId(address)
  return {
    group: subscribers ?? options.group,
    queue: subscribers ?? queueOf(task, handler, options),
    handler,
    jobId: jobId(emissionId, handler, attempt),
    isForSubscribers: subscribers !== undefined,
    runner: subscribers === undefined ? address.name : `group ${subscribers}`,
  }
}

/**
 * The job of a task.
 *
 * @throws InvalidLinkError where the link asks for what a queue cannot do
 */
export function taskJob(task: Task, options: ResolvedExecutorOptions): TaskJob {
  const { event, emissionId, parentId, timeoutMs, metadata } = task
  const { handler, queue, jobId, isForSubscribers, runner } = jobPlace(task, options)
  const isAwaited = options.results === 'await' && !isForSubscribers
  if (task.orderKey !== undefined && isForSubscribers) throw orderRefused(task)
  const isOrdered = options.order !== undefined && task.orderKey !== undefined
  // Who awaits results makes the attempts of links.
  const isEmitters = isAwaited && task.retry !== undefined
  const retry = isEmitters || task.retry === undefined ? defaultRetry(options) : retryOf(task, task.retry)
  const envelope: Envelope = {
    v: 1,
    event,
    handler,
    emission: emissionId,
    depth: task.depth ?? 0,
    at: Date.now(),
    body: task.payload.text,
    attempt: task.attempt,
    ...(parentId !== undefined && { parent: parentId }),
    ...(metadata !== undefined && { metadata: metadata.text }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(isAwaited && { awaited: true as const }),
    ...(isOrdered && { retry }),
  }
  return {
    queue,
    isOrdered,
    name: `${event} → ${runner}`,
    data: sign(envelope, queue, options.signingKeys),
    opts: {
      jobId,
      ...(isOrdered || isEmitters ? { attempts: 1 } : attemptsOf(retry)),
      ...delayOf(task, options),
      removeOnComplete: keep(options.retention.completed),
      removeOnFail: keep(options.retention.failed),
      stackTraceLimit: 20,
    },
  }
}

/** Which handlers run, and in which order, is the matter of the links in that group. */
function orderRefused({ event, label }: Task): InvalidLinkError {
  return new InvalidLinkError(
    'the link to a subscriber group has the option order',
    `event ${JSON.stringify(event)}, handler ${label}`,
    'leave it out, and give it to the links of the handlers in that group, whose workers have the option order',
  )
}

function queueOf({ orderKey }: Task, handler: string, { group, order }: ResolvedExecutorOptions): string {
  if (order === undefined || orderKey === undefined) return group
  return shardName(group, shardOf(handler, `${typeof orderKey} ${String(orderKey)}`, order.shards))
}

function delayOf(task: Task, options: ResolvedExecutorOptions): Pick<JobsOptions, 'delay'> {
  const delay = task.delayMs ?? (task.attempt === 1 ? options.delayMs : undefined)
  return delay === undefined ? {} : { delay }
}

function keep({ ageMs, count }: RetentionLimits = {}): { age: number; count: number } | { age: number } {
  const age = Math.ceil((ageMs ?? 0) / 1000)
  return count === undefined || count === Number.POSITIVE_INFINITY ? { age } : { age, count }
}
