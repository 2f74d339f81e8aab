import { InvalidLinkError, type RetryOptions, type Task } from '@eventlane/core'
import type { JobsOptions } from 'bullmq'
import type { ResolvedExecutorOptions } from './bullmq-options.js'
import type { Envelope, EnvelopeRetry } from './envelope.js'
import { handlerId } from './handler-id.js'
import { jobId, shardOf } from './job-id.js'
import { shardName, type KeepOptions } from './queue-options.js'
import { sign } from './signature.js'
import { groupOf } from './subscriber-group.js'

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

/** Fast enough for handlers that failed by chance, as for links whose executors are local. */
const RETRY = { attempts: 3, backoff: 'exponential', delayMs: 100, maxDelayMs: 30_000, jitter: 0.5 } as const

/**
 * The job of a task.
 *
 * @throws InvalidLinkError where the link asks for what a queue cannot do
 */
export function taskJob(task: Task, options: ResolvedExecutorOptions): TaskJob {
  const { address, event, emissionId, parentId, timeoutMs, metadata } = task
  // Emitters keep local handlers from executors that are isolated.
  if (address === undefined) throw new TypeError(`a local handler was given to a queue: ${task.label}`)
  const group = groupOf(address)
  const handler = group ?? handlerId(address)
  const isAwaited = options.results === 'await'
  if (task.isOnce && !isAwaited) throw onceRefused(task)
  const isOrdered = options.order !== undefined && task.orderKey !== undefined && group === undefined
  const retry = isAwaited || task.retry === undefined ? undefined : retryOf(task, task.retry)
  const queue = group ?? queueOf(task, handler, options)
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
    ...(isOrdered && { retry: retry ?? defaultRetry(options) }),
  }
  return {
    queue,
    isOrdered,
    name: `${event} → ${group === undefined ? address.name : `group ${group}`}`,
    data: sign(envelope, queue, options.signingKeys),
    opts: {
      jobId: jobId(emissionId, handler, task.attempt),
      ...(isOrdered ? { attempts: 1 } : attemptsOf(retry, isAwaited && task.retry !== undefined, options)),
      ...delayOf(task, options),
      removeOnComplete: keep(options.retention.completed),
      removeOnFail: keep(options.retention.failed),
      stackTraceLimit: 20,
    },
  }
}

/** Other emitters have links of their own, and would each make a task. */
function onceRefused({ event, label }: Task): InvalidLinkError {
  return new InvalidLinkError(
    'the link has the option once, which would only hold for this emitter, while others hand the same event over too',
    `event ${JSON.stringify(event)}, handler ${label}`,
    "emit with an emissionId of your own, which is handed over once, whoever emits it; or give the executor { results: 'await' }, for which once is this emitter's",
  )
}

function queueOf({ orderKey }: Task, handler: string, { group, order }: ResolvedExecutorOptions): string {
  if (order === undefined || orderKey === undefined) return group
  return shardName(group, shardOf(handler, `${typeof orderKey} ${String(orderKey)}`, order.shards))
}

function retryOf(task: Task, retry: RetryOptions): EnvelopeRetry {
  if (retry.retryIf !== undefined)
    throw new InvalidLinkError(
      'the link has the option retry.retryIf, a function that only the emitter could call, which does not hear of results',
      `event ${JSON.stringify(task.event)}, handler ${task.label}`,
      "leave retryIf out, or give the executor { results: 'await' }",
    )
  const { retryIf: _retryIf, onWorkerLoss: _onWorkerLoss, ...given } = retry
  return {
    ...RETRY,
    ...given,
    ...(given.delayMs === undefined && {
      delayMs: Math.min(RETRY.delayMs, given.maxDelayMs ?? RETRY.delayMs),
    }),
  }
}

function defaultRetry({ attempts, backoff }: ResolvedExecutorOptions): EnvelopeRetry {
  const { type, delayMs, jitter } = backoff
  return { attempts, backoff: type, delayMs, maxDelayMs: RETRY.maxDelayMs, jitter }
}

/** @param isEmitters whether the emitter makes the attempts */
function attemptsOf(
  retry: EnvelopeRetry | undefined,
  isEmitters: boolean,
  { attempts, backoff: { type, delayMs, jitter } }: ResolvedExecutorOptions,
): Pick<JobsOptions, 'attempts' | 'backoff'> {
  if (isEmitters) return { attempts: 1 }
  if (retry === undefined) return { attempts, backoff: { type, delay: delayMs, jitter } }
  return {
    attempts: retry.attempts,
    backoff: { type: retry.backoff, delay: retry.delayMs, jitter: retry.jitter },
  }
}

function delayOf(task: Task, options: ResolvedExecutorOptions): Pick<JobsOptions, 'delay'> {
  const delay = task.delayMs ?? (task.attempt === 1 ? options.delayMs : undefined)
  return delay === undefined ? {} : { delay }
}

function keep({ ageMs, count }: KeepOptions = {}): { age: number; count: number } | { age: number } {
  const age = Math.ceil((ageMs ?? 0) / 1000)
  return count === undefined || count === Number.POSITIVE_INFINITY ? { age } : { age, count }
}
