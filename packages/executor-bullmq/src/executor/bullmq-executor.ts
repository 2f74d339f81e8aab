import {
  EmitterClosedError,
  type Executor,
  type ExecutorCapabilities,
  type ExecutorStats,
  type HandlerAddress,
} from '@eventlane/core'
import { TaskMeter, UnsettledCount, type Task } from '@eventlane/core/executor'
import {
  resolveExecutorOptions,
  type BullMQExecutorOptions,
  type ResolvedExecutorOptions,
} from './bullmq-options.js'
import { controlChannel, publishCancel } from '../job/control-channel.js'
import { DeadLetters } from '../job/dead-letters.js'
import { EnqueueError } from '../errors.js'
import { HeldTasks } from './held-tasks.js'
import { JobWriter } from './job-writer.js'
import { ResultStream } from './result-stream.js'
import { jobPlace, taskJob, type TaskJob } from './task-job.js'
import { settlesWithin } from '../redis/time-limit.js'

/** How long cancellations may take to get out before the connection is closed, in milliseconds. */
const WITHDRAW_MS = 1000

/** A task with its job. */
interface Handed {
  readonly task: Task
  readonly job: TaskJob
}

/**
 * Hands tasks over to workers on other machines, through BullMQ and Redis: each is a job, and all jobs of an emission get into Redis
 * in one transaction. Handlers run at least once. Workers are made by `createWorker`, or are the command `eventlane-worker`.
 *
 * By default a task's outcome is `handed-over` as soon as Redis has it; with `results: 'await'`, emissions settle with what the
 * handlers returned, wherever they ran.
 *
 * @example
 * ```ts
 * import { EventEmitter } from '@eventlane/core'
 * import { BullMQExecutor } from '@eventlane/executor-bullmq'
 *
 * await using events = new EventEmitter({
 *   executor: new BullMQExecutor({ connection: 'redis://127.0.0.1:6379', attempts: 5 }),
 * })
 * ```
 */
export class BullMQExecutor implements Executor {
  readonly mode = 'remote'
  readonly capabilities: ExecutorCapabilities
  readonly #options: ResolvedExecutorOptions
  readonly #writer: JobWriter
  readonly #results: ResultStream | undefined
  /** Tasks without an outcome. */
  readonly #unsettled = new HeldTasks()
  /** Tasks that are not held back, and whose handlers may yet run. */
  readonly #underWay = new HeldTasks()
  /** Cancellations that are on their way. */
  readonly #withdrawals = new Set<Promise<void>>()
  readonly #count = new UnsettledCount()
  readonly #meter = new TaskMeter()
  #deadLetters: DeadLetters | undefined
  #bytesSent = 0
  #isClosed = false
  #isTerminated = false
  #shutdown: Promise<void> | undefined

  /**
   * @param options see {@link BullMQExecutorOptions}
   * @throws InvalidOptionError when an option is unknown, of the wrong type, or contradicts another
   */
  constructor(options: BullMQExecutorOptions) {
    this.#options = resolveExecutorOptions(options)
    const { group, results, order } = this.#options
    this.capabilities = {
      isolated: true,
      portable: true,
      killsRunning: true,
      order: results === 'await' || order !== undefined,
      once: false,
      backpressure: false,
      delays: true,
      emitsElsewhere: true,
      findsHandlers: false,
    }
    this.#writer = new JobWriter(this.#options, async () => {
      await this.#results?.start()
    })
    if (results === 'await')
      this.#results = new ResultStream(this.#options, () => this.#writer.client, {
        settled: (task) => {
          this.#settled(task)
        },
        ended: (task) => {
          this.#released(task)
        },
        refused: (task, job) => {
          this.#cancelJob(group, job, reasonOf(task)).catch(() => undefined)
          this.#settled(task)
        },
      })
  }

  /** Connects to Redis, and checks that it would not lose jobs. Whether workers have the handlers is not known here. */
  async prepare(_addresses: readonly HandlerAddress[]): Promise<void> {
    this.#checkOpen()
    await this.#writer.ready()
  }

  submit(tasks: readonly Task[]): Promise<void> {
    this.#checkOpen(tasks[0]?.event)
    // What cannot be a job is refused before anything is done.
    const handed = tasks.map((task) => ({ task, job: taskJob(task, this.#options) }))
    for (const { task } of handed) this.#enter(task)
    return this.#take(handed)
  }

  resubmit(task: Task): void {
    if (this.#isTerminated) throw new EmitterClosedError('the executor has been terminated', task.event)
    this.#enter(task)
    void this.#take([{ task, job: taskJob(task, this.#options) }])
  }

  cancel(task: Task, reason: unknown): void {
    const hasJob = this.#unsettled.hasJob(task) || task.result?.status === 'handed-over'
    this.#settled(task)
    if (hasJob) this.#withdrawLater(task, reason)
    else this.#released(task)
  }

  /** The tasks of its group that failed for good; its connection is closed with this executor. */
  get deadLetters(): DeadLetters {
    const { connection, prefix, group, order } = this.#options
    return (this.#deadLetters ??= new DeadLetters({ connection, prefix, group, ...(order && { order }) }))
  }

  stats(): ExecutorStats {
    return {
      queued: this.#unsettled.size,
      running: 0,
      workers: 0,
      workersLost: 0,
      workersStarted: 0,
      workerMs: 0,
      utilisation: 0,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#results?.bytesReceived ?? 0,
      ...this.#meter.totals(),
    }
  }

  drain(): Promise<void> {
    return this.#count.none()
  }

  shutdown(): Promise<void> {
    this.#isClosed = true
    return (this.#shutdown ??= this.#count.none().then(() => this.#close()))
  }

  async terminate(): Promise<void> {
    this.#isClosed = true
    this.#isTerminated = true
    const reason = new Error('the executor was terminated')
    for (const task of this.#unsettled) {
      task.settle({ status: 'cancelled', reason })
      this.cancel(task, reason)
    }
    this.#shutdown ??= this.#close()
    await this.#shutdown
  }

  /** Shuts it down, as {@link shutdown} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  async #close(): Promise<void> {
    await settlesWithin(Promise.allSettled(this.#withdrawals), WITHDRAW_MS)
    await this.#deadLetters?.[Symbol.asyncDispose]()
    await this.#results?.close()
    await this.#writer.close()
    // Nobody will hear of them any more.
    for (const task of this.#underWay) this.#released(task)
  }

  #checkOpen(event?: string): void {
    if (this.#isClosed) throw new EmitterClosedError('the executor has been shut down', event)
  }

  #enter(task: Task): void {
    this.#unsettled.add(task)
    this.#count.increment()
  }

  /** A task has its outcome; said again when a late result comes. */
  #settled(task: Task): void {
    if (!this.#unsettled.delete(task)) return
    this.#meter.settled(task)
    this.#count.decrement()
  }

  /** The handler of a task runs no more, as far as this program can tell. */
  #released(task: Task): void {
    if (this.#underWay.delete(task)) task.released()
  }

  /** Writes what is not held back, and the rest when it is let through. */
  #take(handed: readonly Handed[]): Promise<void> {
    const open: Handed[] = []
    let isCollecting = true
    for (const one of handed) {
      const { gate } = one.task
      if (gate === undefined || this.#options.order !== undefined) {
        if (gate === undefined) this.#underWay.add(one.task)
        open.push(one)
      } else
        gate.whenOpen(() => {
          this.#underWay.add(one.task)
          if (isCollecting) open.push(one)
          else void this.#write([one])
        })
    }
    isCollecting = false
    return this.#write(open)
  }

  async #write(handed: readonly Handed[]): Promise<void> {
    // A microtask later, since outcomes never come before `submit` has returned.
    await Promise.resolve()
    const wanted = handed.filter((one) => this.#isWanted(one))
    if (wanted.length === 0) return
    for (const { task, job } of wanted) {
      this.#unsettled.noteJob(task)
      if (job.data.awaited) this.#results?.add(job.opts.jobId, task)
      this.#bytesSent += Buffer.byteLength(job.data.body)
    }
    try {
      await this.#writer.write(wanted.map(({ job }) => job))
      for (const { task, job } of wanted) {
        if (task.isSettled) this.#withdrawLater(task, reasonOf(task))
        else if (job.data.awaited) this.#results?.written(job.opts.jobId)
        else task.settle({ status: 'handed-over' })
      }
    } catch (error) {
      for (const { task, job } of wanted) {
        this.#results?.delete(job.opts.jobId)
        task.settle({ status: 'rejected', error: refusal(error, task) })
      }
    }
    for (const { task, job } of wanted) {
      if (task.isSettled) this.#settled(task)
      if (!job.data.awaited || task.result?.status === 'rejected') this.#released(task)
    }
  }

  /** Whether a task is to be written; where results are awaited, it begins when a worker says so. */
  #isWanted({ task, job }: Handed): boolean {
    if (job.data.awaited && !task.isUnlinked ? !task.isSettled : task.begin()) return true
    this.#settled(task)
    this.#released(task)
    return false
  }

  #withdrawLater(task: Task, reason: unknown): void {
    const withdrawal = this.#withdraw(task, reason).finally(() => this.#withdrawals.delete(withdrawal))
    this.#withdrawals.add(withdrawal)
  }

  /** Takes a job out of the queue, or has its worker stop it. */
  async #withdraw(task: Task, reason: unknown): Promise<void> {
    const { group, queue, jobId } = jobPlace(task, this.#options)
    try {
      await this.#writer.ready()
      if ((await this.#writer.queue(queue).remove(jobId)) === 1) {
        this.#results?.delete(jobId)
        this.#released(task)
        return
      }
      await this.#cancelJob(group, jobId, reason)
    } catch {
      // Redis is away: the job runs, and nobody waits for its result.
    }
  }

  async #cancelJob(group: string, job: string, reason: unknown): Promise<void> {
    const { prefix, signingKeys } = this.#options
    await publishCancel(this.#writer.client, controlChannel(prefix, group), { job, reason }, signingKeys)
  }
}

function refusal(error: unknown, { event, emissionId }: Task): unknown {
  if (error instanceof EnqueueError) return error
  return new EnqueueError('Redis did not take the emission', event, emissionId, error)
}

function reasonOf({ result }: Task): unknown {
  return result?.status === 'cancelled' ? result.reason : new Error('the task must not run')
}
