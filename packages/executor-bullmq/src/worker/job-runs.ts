import { setTimeout as sleep } from 'node:timers/promises'
import type { EventEmitter, Executor } from '@eventlane/core'
import { Payload, showThrown, type TaskResult } from '@eventlane/core/executor'
import { DelayedError, UnrecoverableError, WaitingError, type Job } from 'bullmq'
import type { Redis } from 'ioredis'
import type { CancelMessage } from '../job/control-channel.js'
import { readEnvelope, type Envelope } from '../job/envelope.js'
import { InvalidJobError, unknownHandlerError } from '../errors.js'
import { jobId } from '../job/job-id.js'
import { failedJob, isHopeless, jobResult, noteFailure } from './job-outcome.js'
import { JobTask, type EmitChild } from './job-task.js'
import { isUnreadable, mend, putUnreadableAside } from './quarantine.js'
import { retryDelayMs } from '../job/job-retry.js'
import { verify } from '../job/signature.js'
import type { AddressedHandler, WorkerHandlers } from './worker-handlers.js'
import type { ResolvedWorkerOptions } from './worker-options.js'
import type { WorkerStats } from './worker-stats.js'

/** For so long a task that was cancelled is known, in milliseconds, in case its job is on its way here. */
const CANCELLED_MS = 60_000
/** How long a task that nobody knows waits before the next look, in milliseconds, at most. */
const MAX_PARK_STEP_MS = 2000

/** What the runs of a worker's jobs are made with. */
export interface JobRunsParts {
  readonly options: ResolvedWorkerOptions
  readonly handlers: WorkerHandlers
  readonly inner: Executor
  readonly client: Redis
  readonly emitChild: EmitChild
  /** Emits what was sent to the whole group. */
  readonly emitter: () => EventEmitter
  readonly log: (line: string) => void
}

interface Run {
  task: JobTask | undefined
  /** Ends the wait between two attempts. */
  ended: AbortController | undefined
  cancelled: { readonly reason: unknown } | undefined
  isInterrupted: boolean
}

/** Runs the jobs of a worker through its inner executor. */
export class JobRuns {
  readonly #parts: JobRunsParts
  readonly #runs = new Map<string, Run>()
  readonly #cancelled = new Map<string, { readonly reason: unknown }>()
  readonly #counts = {
    fulfilled: 0,
    rejected: 0,
    cancelled: 0,
    parked: 0,
    refused: 0,
    handedBack: 0,
    stalled: 0,
  }
  #isInterrupted = false

  constructor(parts: JobRunsParts) {
    this.#parts = parts
  }

  get stats(): WorkerStats {
    return { running: this.#runs.size, ...this.#counts }
  }

  /**
   * Runs one job, as BullMQ asks for it.
   *
   * @returns what BullMQ keeps as its result
   * @throws what BullMQ takes for a failure, or for an order
   */
  async run(queue: string, job: Job, token: string): Promise<unknown> {
    const id = job.id ?? ''
    if (isUnreadable(job)) await this.#mend(queue, job, id)
    const envelope = this.#read(queue, job, id)
    const { group } = this.#parts.options
    if (envelope.handler === group) return await this.#fanOut(envelope)
    const handler = this.#parts.handlers.find(envelope.handler)
    if (handler === undefined) return await this.#park(queue, job, envelope, token)
    const run: Run = {
      task: undefined,
      ended: undefined,
      cancelled: undefined,
      isInterrupted: false,
    }
    this.#runs.set(id, run)
    const cancelled = this.#cancelled.get(id)
    if (cancelled !== undefined) this.#cancelRun(run, cancelled.reason)
    if (this.#isInterrupted) this.#interruptRun(run)
    try {
      const result = await this.#attempts(run, job, envelope, handler)
      if (run.isInterrupted && result.status === 'cancelled') {
        this.#counts.handedBack += 1
        this.#parts.log(`handed back: ${job.name}, job ${id}`)
        await job.moveToWait(token)
        throw new WaitingError()
      }
      this.#count(job, result)
      return result.status === 'fulfilled'
        ? jobResult(envelope, result)
        : await failedJob(job, envelope, result)
    } finally {
      this.#runs.delete(id)
      // Old tables of the map may keep the run alive for a while, but not the task.
      run.task = undefined
    }
  }

  #count({ name, id = '' }: Job, result: TaskResult): void {
    const { log } = this.#parts
    if (result.status === 'fulfilled') this.#counts.fulfilled += 1
    else if (result.status === 'cancelled') {
      this.#counts.cancelled += 1
      log(`cancelled: ${name}, job ${id}: ${showThrown(result.reason)}`)
    } else {
      this.#counts.rejected += 1
      log(
        `failed: ${name}, job ${id}: ${result.status === 'rejected' ? showThrown(result.error) : result.status}`,
      )
    }
  }

  /** Stops the handler of a task, or the task before it starts. */
  cancel({ job, reason }: CancelMessage): void {
    const run = this.#runs.get(job)
    if (run) this.#cancelRun(run, reason)
    else {
      this.#cancelled.set(job, { reason })
      setTimeout(() => this.#cancelled.delete(job), CANCELLED_MS).unref()
    }
  }

  /** Stops what runs, to be handed back. */
  interrupt(): void {
    this.#isInterrupted = true
    for (const run of this.#runs.values()) this.#interruptRun(run)
  }

  /** Others may have these jobs by now. */
  locksLost(jobs: readonly string[]): void {
    for (const job of jobs) {
      const run = this.#runs.get(job)
      if (run)
        this.#cancelRun(
          run,
          new Error('the worker lost the lock of the job, which another one may have by now'),
        )
    }
  }

  /** A job was found whose worker is gone. */
  stalled(id: string): void {
    this.#counts.stalled += 1
    this.#parts.log(`taken from a worker that is gone: job ${id}`)
  }

  /**
   * BullMQ may have met something that is not JSON, and cannot say where.
   *
   * @returns whether that was so
   */
  async putUnreadableAside(queue: string): Promise<boolean> {
    const { client, options, log } = this.#parts
    const count = await putUnreadableAside(client, `${options.prefix}:${queue}`)
    this.#counts.refused += count
    if (count > 0) log(`refused: ${String(count)} jobs that are not JSON`)
    return count > 0
  }

  async #mend(queue: string, job: Job, id: string): Promise<never> {
    const { client, options } = this.#parts
    await mend(client, `${options.prefix}:${queue}:${id}`)
    throw this.#refused(job, id, new InvalidJobError('it is not JSON', id))
  }

  #read(queue: string, job: Job, id: string): Envelope {
    const { signingKeys } = this.#parts.options
    try {
      const envelope = readEnvelope(job.data, id)
      verify(envelope, queue, signingKeys, id)
      if (id !== jobId(envelope.emission, envelope.handler, envelope.attempt))
        throw new InvalidJobError('its id is not that of its emission and handler', id)
      return envelope
    } catch (error) {
      throw error instanceof InvalidJobError ? this.#refused(job, id, error) : error
    }
  }

  #refused({ name }: Job, id: string, { message }: InvalidJobError): UnrecoverableError {
    this.#counts.refused += 1
    this.#parts.log(`refused: ${name.slice(0, 200)}, ${message.split('\n', 1)[0] ?? ''}, job ${id}`)
    return new UnrecoverableError(message)
  }

  /** The attempts at a task: the one that BullMQ asks for, or where it is ordered, all. */
  async #attempts(run: Run, job: Job, envelope: Envelope, handler: AddressedHandler): Promise<TaskResult> {
    const { retry } = envelope
    const { killsRunning } = this.#parts.inner.capabilities
    for (let attempt = envelope.attempt + job.attemptsMade; ; attempt += 1) {
      const result = await this.#attempt(run, envelope, handler, attempt)
      const { task } = run
      // Another attempt, or what comes next in its order, must not run beside a handler that does not stop.
      if (result.status !== 'fulfilled' && killsRunning && task?.isOver === false) {
        if (result.status === 'rejected' && envelope.awaited && isLastAttempt(job))
          await noteFailure(job, result.error, result.runMs ?? 0, true)
        await task.over
      }
      if (
        retry === undefined ||
        result.status !== 'rejected' ||
        attempt >= retry.attempts ||
        isHopeless(result.error)
      )
        return result
      await this.#pause(run, retryDelayMs(retry, attempt))
    }
  }

  /** Waits, unless the run is cancelled; then the next attempt finds out. */
  async #pause(run: Run, ms: number): Promise<void> {
    if (run.cancelled) return
    const { signal } = (run.ended = new AbortController())
    await sleep(ms, undefined, { signal }).catch(() => undefined)
  }

  #attempt(run: Run, envelope: Envelope, handler: AddressedHandler, attempt: number): Promise<TaskResult> {
    const { inner, emitChild } = this.#parts
    if (run.cancelled) return Promise.resolve({ status: 'cancelled', reason: run.cancelled.reason })
    const task = new JobTask(envelope, handler, attempt, emitChild)
    run.task = task
    const accepted = inner.submit([task])
    return accepted === undefined ? task.settled : accepted.then(() => task.settled)
  }

  #cancelRun(run: Run, reason: unknown): void {
    run.cancelled ??= { reason }
    run.ended?.abort()
    const { task } = run
    if (task === undefined || task.isSettled) return
    task.settle({ status: 'cancelled', reason })
    this.#parts.inner.cancel(task, reason)
  }

  #interruptRun(run: Run): void {
    run.isInterrupted = true
    this.#cancelRun(run, new Error('the worker is shutting down'))
  }

  /** Emits to the links here what another service has emitted for this group. */
  async #fanOut(envelope: Envelope): Promise<null> {
    const { event, emission, depth, parent, body, metadata } = envelope
    const emitted = this.#parts.emitter().relay(
      event,
      Payload.encoded(body),
      {
        id: parent ?? emission,
        depth,
        metadata: metadata === undefined ? undefined : Payload.encoded(metadata),
      },
      emission,
    )
    await emitted.admitted
    for (const { result } of emitted.emissionTasks) if (result?.status === 'rejected') throw result.error
    return null
  }

  /** Puts a task off whose handler this worker does not know: in a rolling deploy, another one does. */
  async #park(queue: string, job: Job, envelope: Envelope, token: string): Promise<never> {
    const { client, options } = this.#parts
    const key = `${options.prefix}:${queue}:${job.id ?? ''}`
    const now = Date.now()
    await client.hsetnx(key, 'parkedAt', now)
    const parkedAt = Number(await client.hget(key, 'parkedAt'))
    if (!(now - parkedAt < options.parkMs)) {
      const error = unknownHandlerError(envelope.event, envelope.handler, options.parkMs)
      if (envelope.awaited) await noteFailure(job, error, 0)
      throw new UnrecoverableError(error.message)
    }
    this.#counts.parked += 1
    this.#parts.log(`parked, since its handler is unknown here: ${job.name}, handler ${envelope.handler}`)
    await job.moveToDelayed(now + Math.min(MAX_PARK_STEP_MS, Math.max(50, options.parkMs / 10)), token)
    throw new DelayedError()
  }
}

function isLastAttempt({ attemptsMade, opts: { attempts = 1 } }: Job): boolean {
  return attemptsMade + 1 >= attempts
}
