import { payloads } from '@eventlane/core'
import { Payload, type Task } from '@eventlane/core/executor'
import { QueueEvents, RedisQueueBackend, type QueueEventsOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import type { ResolvedExecutorOptions } from './bullmq-options.js'
import { RemoteHandlerError, ResultLostError } from '../errors.js'
import { ownBackend } from '../redis/queue-backend.js'
import { endConnection, redisClient } from '../redis/redis-connection.js'

/** How often tasks are looked for of which nothing was heard, and how long after the last news, in milliseconds. */
const SWEEP_MS = 1000
const SILENCE_MS = 3000
/** So many jobs are asked for at once. */
const SWEEP_SIZE = 500

/** What a worker returns from a job whose result is awaited. */
export interface JobResult {
  /** Encoded. */
  readonly value: string
  readonly runMs: number
}

/** What a worker notes of a job whose result is awaited before it fails. */
export interface JobFailure {
  /** Encoded. */
  readonly error: string
  readonly runMs: number
  /** The task has failed for good, though its handler has not returned: another one must not take its turn yet. */
  readonly isOutcome?: true
}

interface AwaitedTask {
  readonly task: Task
  /** When there were news of it; not looked for until Redis has it. */
  heardAt: number
  failure: JobFailure | undefined
  /** Whether a worker has started it, as far as is known. */
  hasBegun: boolean
}

/** Where outcomes go. */
export interface ResultObserver {
  /** The task has its outcome. */
  settled(task: Task): void
  /** The job has ended, after the outcome. */
  ended(task: Task): void
  /** A worker has started a task that must not run. */
  refused(task: Task, jobId: string): void
}

/**
 * Waits for the results of tasks: one connection that reads the events of a queue, a map by the ids of the jobs, and a sweep that
 * asks for what the stream has not told, because it was cut while the connection was.
 */
export class ResultStream {
  readonly #options: ResolvedExecutorOptions
  readonly #client: () => Redis
  readonly #observer: ResultObserver
  readonly #awaited = new Map<string, AwaitedTask>()
  #starting: Promise<void> | undefined
  #events: QueueEvents | undefined
  #eventsClient: Redis | undefined
  #timer: NodeJS.Timeout | undefined
  #isSweeping = false
  /** Encoded results, in bytes of UTF-8. */
  bytesReceived = 0

  /** @param client the one to ask with, which is connected */
  constructor(options: ResolvedExecutorOptions, client: () => Redis, observer: ResultObserver) {
    this.#options = options
    this.#client = client
    this.#observer = observer
  }

  /** Reads events from now on. */
  async start(): Promise<void> {
    this.#starting ??= this.#start()
    try {
      await this.#starting
    } catch (error) {
      this.#starting = undefined
      throw error
    }
  }

  /** Waits for the result of a task, which is about to be written. */
  add(jobId: string, task: Task): void {
    this.#awaited.set(jobId, { task, heardAt: Number.POSITIVE_INFINITY, failure: undefined, hasBegun: false })
    this.#timer ??= setInterval(() => void this.#sweep(), SWEEP_MS).unref()
  }

  /** Redis has it. */
  written(jobId: string): void {
    const awaited = this.#awaited.get(jobId)
    if (awaited) awaited.heardAt = Date.now()
  }

  /** No longer waits for it. */
  delete(jobId: string): void {
    this.#awaited.delete(jobId)
    if (this.#awaited.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#starting?.catch(() => undefined)
    await Promise.allSettled([this.#events?.close(), this.#eventsClient && endConnection(this.#eventsClient)])
  }

  async #start(): Promise<void> {
    const { prefix, group, connection } = this.#options
    const [[lastEventId = '0-0'] = []] = (await this.#client().xrevrange(
      `${prefix}:${group}:events`,
      '+',
      '-',
      'COUNT',
      1,
    )) as string[][]
    this.#eventsClient = redisClient(connection, 'consumer', () => undefined)
    const events = new QueueEvents(
      group,
      { connection: this.#eventsClient, prefix, lastEventId, autorun: false },
      ownBackend(RedisQueueBackend, { reads: true }),
    )
    this.#events = events
    // Where the connection is lost, it reads on when there is one again.
    events.on('error', () => undefined)
    events.on('active', ({ jobId }) => {
      this.#started(jobId)
    })
    events.on('progress', ({ jobId, data }) => {
      const awaited = this.#awaited.get(jobId)
      if (awaited === undefined) return
      awaited.failure = failureIn(data)
      if (awaited.failure?.isOutcome !== true) return
      reject(awaited, '')
      this.#observer.settled(awaited.task)
    })
    events.on('completed', ({ jobId, returnvalue }) => {
      this.#completed(jobId, returnvalue)
    })
    events.on('failed', ({ jobId, failedReason }) => {
      this.#failed(jobId, failedReason)
    })
    void this.#read(events)
  }

  /** An event that is not JSON ends the reading, which then goes on after it; what is passed over is found by the sweep. */
  async #read(events: QueueEvents): Promise<void> {
    while (!events.closing) {
      try {
        await events.run()
      } catch {
        const options: QueueEventsOptions = events.opts
        options.lastEventId = '$'
        await new Promise((resolve) => setTimeout(resolve, 100).unref())
      }
    }
  }

  #started(jobId: string): void {
    const awaited = this.#awaited.get(jobId)
    if (awaited === undefined) return
    awaited.heardAt = Math.min(awaited.heardAt, Date.now())
    if (!begin(awaited)) this.#observer.refused(awaited.task, jobId)
  }

  #completed(jobId: string, returned: unknown): void {
    const awaited = this.#awaited.get(jobId)
    if (awaited === undefined) return
    this.delete(jobId)
    const { task } = awaited
    const result = resultIn(returned)
    this.bytesReceived += result === undefined ? 0 : Buffer.byteLength(result.value)
    if (begin(awaited))
      if (result === undefined)
        task.settle({
          status: 'rejected',
          error: new RemoteHandlerError('the worker returned no result', task.event, task.label),
        })
      else task.settle({ status: 'fulfilled', result: Payload.encoded(result.value), runMs: result.runMs })
    this.#end(task)
  }

  #failed(jobId: string, reason: string): void {
    const awaited = this.#awaited.get(jobId)
    if (awaited === undefined) return
    this.delete(jobId)
    reject(awaited, reason)
    this.#end(awaited.task)
  }

  #end(task: Task): void {
    this.#observer.settled(task)
    this.#observer.ended(task)
  }

  async #sweep(): Promise<void> {
    if (this.#isSweeping || this.#client().status !== 'ready') return
    this.#isSweeping = true
    try {
      const silentSince = Date.now() - SILENCE_MS
      const silent = [...this.#awaited].filter(([, { heardAt }]) => heardAt < silentSince)
      for (let start = 0; start < silent.length; start += SWEEP_SIZE)
        await this.#ask(silent.slice(start, start + SWEEP_SIZE))
    } catch {
      // Redis is away; the next sweep asks again.
    } finally {
      this.#isSweeping = false
    }
  }

  async #ask(silent: readonly (readonly [string, AwaitedTask])[]): Promise<void> {
    const { prefix, group } = this.#options
    const pipeline = this.#client().pipeline()
    for (const [jobId] of silent)
      pipeline.hmget(
        `${prefix}:${group}:${jobId}`,
        'timestamp',
        'finishedOn',
        'returnvalue',
        'failedReason',
        'progress',
      )
    const answers = (await pipeline.exec()) ?? []
    for (const [index, [jobId, awaited]] of silent.entries()) {
      const [error, fields] = answers[index] ?? []
      if (error || !Array.isArray(fields)) continue
      const [timestamp, finishedOn, returned, failedReason, progress] = fields as (string | null)[]
      awaited.heardAt = Date.now()
      if (timestamp === null) this.#lost(jobId)
      else if (finishedOn === null) continue
      else if (typeof returned === 'string') this.#completed(jobId, parsed(returned))
      else {
        awaited.failure ??= failureIn(parsed(progress ?? null))
        this.#failed(jobId, failedReason ?? 'unknown')
      }
    }
  }

  #lost(jobId: string): void {
    const awaited = this.#awaited.get(jobId)
    if (awaited === undefined) return
    this.delete(jobId)
    const { task } = awaited
    task.settle({ status: 'rejected', error: new ResultLostError(task.event, task.label) })
    this.#end(task)
  }
}

/** Its link may have been removed since it began, but not before. */
function begin(awaited: AwaitedTask): boolean {
  awaited.hasBegun ||= awaited.task.begin()
  return awaited.hasBegun
}

function reject(awaited: AwaitedTask, reason: string): void {
  const { task, failure } = awaited
  if (!begin(awaited)) return
  const error =
    failure === undefined
      ? new RemoteHandlerError(reason, task.event, task.label)
      : payloads.decodeThrown(failure.error)
  task.settle({ status: 'rejected', error, ...(failure && { runMs: failure.runMs }) })
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function resultIn(value: unknown): JobResult | undefined {
  const { value: text, runMs } = fieldsOf(value)
  return typeof text === 'string' && typeof runMs === 'number' ? { value: text, runMs } : undefined
}

function failureIn(value: unknown): JobFailure | undefined {
  const { error, runMs, isOutcome } = fieldsOf(value)
  if (typeof error !== 'string' || typeof runMs !== 'number') return undefined
  return { error, runMs, ...(isOutcome === true && { isOutcome }) }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
