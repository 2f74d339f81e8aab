import { EventEmitter, type Executor, type ExecutorStats } from '@eventlane/core'
import { checkOptions, isDelayMs, type Payload } from '@eventlane/core/executor'
import { Queue, type Job } from 'bullmq'
import type { Redis } from 'ioredis'
import { BullMQExecutor } from '../executor/bullmq-executor.js'
import { controlChannel, readCancel } from '../job/control-channel.js'
import { DataLossWatch } from '../redis/data-loss-watch.js'
import { EnqueueError } from '../errors.js'
import { ErrorReport } from './error-report.js'
import { innerExecutor } from './inner-executor.js'
import { backoffStrategy } from '../job/job-retry.js'
import { JobRuns } from './job-runs.js'
import { LagWatch } from './lag-watch.js'
import type { JobTask } from './job-task.js'
import { TolerantWorker } from './quarantine.js'
import { shardName } from '../job/queue-options.js'
import { checkRedis } from '../redis/redis-check.js'
import { endConnection, redisClient } from '../redis/redis-connection.js'
import { settlesWithin } from '../redis/time-limit.js'
import { WorkerHandlers } from './worker-handlers.js'
import { resolveWorkerOptions, type ResolvedWorkerOptions, type WorkerOptions } from './worker-options.js'
import type { WorkerStats } from './worker-stats.js'

/** How long jobs may take to be handed back, after their handlers were stopped, in milliseconds. */
const HAND_BACK_MS = 5000

/** How long BullMQ may take to let go of a connection, in milliseconds. */
const CUT_OFF_MS = 1000

/** Options of {@link RemoteWorker.shutdown}. */
export interface WorkerShutdownOptions {
  /**
   * How long running handlers may go on, in milliseconds; then they are stopped, and their tasks handed back. Default: the worker's
   * `shutdownTimeoutMs`.
   */
  readonly timeoutMs?: number
}

const SHUTDOWN_OPTIONS = { timeoutMs: isDelayMs }

/**
 * Runs handlers for emitters on other machines. Made by {@link createWorker}; `await using` shuts it down at the end of the scope, and
 * `closeOnSignals(worker)` when the program is told to end.
 */
export class RemoteWorker implements AsyncDisposable {
  readonly #options: ResolvedWorkerOptions
  readonly #handlers: WorkerHandlers
  readonly #inner: Executor
  readonly #errors: ErrorReport
  readonly #client: Redis
  readonly #subscriber: Redis
  readonly #runs: JobRuns
  readonly #workers: TolerantWorker[] = []
  #emitter: EventEmitter | undefined
  #lagWatch: LagWatch | undefined
  #ended: Promise<void> | undefined
  #interrupt = (): void => undefined
  /** Resolves when what runs is to stop. */
  readonly #interrupted = new Promise<void>((resolve) => (this.#interrupt = resolve))

  /** Workers are made by {@link createWorker}. */
  constructor(options: ResolvedWorkerOptions) {
    this.#options = options
    this.#handlers = new WorkerHandlers(options.linker)
    this.#inner = innerExecutor(options.executor, options.concurrency)
    this.#errors = new ErrorReport(options.onError)
    this.#client = redisClient(options.connection, 'consumer', this.#errors.report)
    this.#subscriber = redisClient(options.connection, 'consumer', this.#errors.report)
    this.#runs = new JobRuns({
      options,
      handlers: this.#handlers,
      inner: this.#inner,
      client: this.#client,
      emitChild: (task, event, payload, id) => this.#emitChild(task, event, payload, id),
      emitter: () => this.#emits(),
      log: options.log ?? (() => undefined),
    })
  }

  /** What it has done by now, and is doing. */
  stats(): WorkerStats {
    return this.#runs.stats
  }

  /** The same of the executor inside it: its threads or processes, and their load. */
  executorStats(): ExecutorStats {
    return this.#inner.stats()
  }

  /** Whether it is connected to Redis, and takes tasks. */
  get isReady(): boolean {
    return this.#ended === undefined && this.#client.status === 'ready'
  }

  /** The names of its handlers on the wire. */
  get handlers(): string[] {
    return this.#handlers.ids
  }

  /** Called once by {@link createWorker}. */
  async start(): Promise<this> {
    try {
      await this.#handlers.load(this.#options.modules)
      await this.#inner.prepare(this.#handlers.addresses)
      await Promise.all([
        this.#client.connect().catch(waitsForRedis),
        this.#subscriber.connect().catch(waitsForRedis),
      ])
      await checkRedis(this.#client)
      await new DataLossWatch(this.#client, this.#options.prefix, this.#errors.report).start()
      await this.#listen()
      await this.#work()
    } catch (error) {
      await this.terminate()
      throw error
    }
    const { prefix, group } = this.#options
    this.#options.log?.(`ready: group ${group} of ${prefix}, handlers ${this.handlers.join(', ')}`)
    if (this.#inner.mode === 'main-event-loop-async')
      this.#lagWatch = new LagWatch(this.#options.lockMs, this.#errors.report)
    return this
  }

  /**
   * Takes no more tasks, lets those that run finish within `timeoutMs`, and hands back what has not ended by then, so that it runs
   * elsewhere. It may be called again, with another time.
   *
   * @param options see {@link WorkerShutdownOptions}
   * @throws InvalidOptionError when an option is unknown or of the wrong type
   */
  async shutdown(options: WorkerShutdownOptions = {}): Promise<void> {
    checkOptions(options, SHUTDOWN_OPTIONS, () => 'worker.shutdown()')
    const { timeoutMs = this.#options.shutdownTimeoutMs } = options
    const ended = (this.#ended ??= this.#end())
    const timer = setTimeout(() => {
      this.#stop()
    }, timeoutMs)
    try {
      await ended
    } finally {
      clearTimeout(timer)
    }
  }

  /** Takes no more tasks, stops the handlers that run, also while it is being shut down, and hands their tasks back. */
  async terminate(): Promise<void> {
    this.#stop()
    await (this.#ended ??= this.#end())
  }

  /** Shuts it down, as {@link shutdown} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  #stop(): void {
    this.#runs.interrupt()
    this.#interrupt()
  }

  async #end(): Promise<void> {
    const { log } = this.#options
    log?.('shutting down')
    this.#lagWatch?.stop()
    const closed = Promise.all(this.#workers.map(closeWorker))
    await Promise.race([closed, this.#interrupted]).catch(() => undefined)
    // Where Redis is away, nothing can be handed back: others find that the locks have run out.
    const handBackMs = this.#client.status === 'ready' ? HAND_BACK_MS : 0
    if (!(await settlesWithin(closed, handBackMs)))
      await settlesWithin(Promise.all(this.#workers.map(cutOff)), CUT_OFF_MS)
    await this.#emitter?.shutdown({ timeoutMs: HAND_BACK_MS })
    if (!(await settlesWithin(this.#inner.shutdown(), HAND_BACK_MS))) await this.#inner.terminate()
    await Promise.all([endConnection(this.#client), endConnection(this.#subscriber)])
    log?.(`shut down: ${JSON.stringify(this.stats())}`)
  }

  /** Hears of tasks that are cancelled, before it takes any. */
  async #listen(): Promise<void> {
    const { prefix, group, signingKeys } = this.#options
    this.#subscriber.on('message', (_channel: string, text: string) => {
      const message = readCancel(text, signingKeys)
      if (message) this.#runs.cancel(message)
    })
    const subscribe = (): Promise<unknown> => this.#subscriber.subscribe(controlChannel(prefix, group))
    await subscribe()
    this.#subscriber.on('ready', () => {
      // Where the connection is lost again, it subscribes when there is one again.
      subscribe().catch(() => undefined)
    })
  }

  async #work(): Promise<void> {
    const { group, order, concurrency } = this.#options
    this.#workers.push(this.#worker(group, concurrency))
    for (let shard = 0; shard < (order?.shards ?? 0); shard += 1) {
      const name = shardName(group, shard)
      const queue = new Queue(name, { connection: this.#client, prefix: this.#options.prefix })
      queue.on('error', this.#errors.report)
      await queue.setGlobalConcurrency(1)
      await queue.close()
      this.#workers.push(this.#worker(name, 1))
    }
    await Promise.all(this.#workers.map((worker) => worker.waitUntilReady()))
    for (const worker of this.#workers) worker.run().catch(this.#errors.report)
  }

  #worker(queue: string, concurrency: number): TolerantWorker {
    const { prefix, lockMs, stallCheckMs, maxStalls, telemetry } = this.#options
    const worker = new TolerantWorker(
      queue,
      (job: Job, token?: string) => this.#runs.run(queue, job, token ?? ''),
      {
        connection: this.#client,
        prefix,
        concurrency,
        autorun: false,
        lockDuration: lockMs,
        stalledInterval: stallCheckMs,
        maxStalledCount: maxStalls,
        settings: { backoffStrategy },
        ...(telemetry && { telemetry }),
      },
    )
    worker.on('error', (error) => {
      void this.#failed(queue, error)
    })
    worker.on('stalled', (job) => {
      this.#runs.stalled(job)
    })
    worker.on('lockRenewalFailed', (jobs) => {
      this.#runs.locksLost(jobs)
    })
    return worker
  }

  async #failed(queue: string, error: Error): Promise<void> {
    try {
      const isParser = error instanceof SyntaxError || error instanceof TypeError
      if (isParser && (await this.#runs.putUnreadableAside(queue))) return
    } catch {
      // Redis is away; the next worker that takes the job up meets it.
    }
    this.#errors.report(error)
  }

  /** Where its handlers emit. */
  #emits(): EventEmitter {
    const { connection, prefix, group, order, signingKeys, telemetry, attempts, backoff, retention, linker } =
      this.#options
    this.#emitter ??= new EventEmitter({
      linker,
      executor: new BullMQExecutor({
        connection,
        prefix,
        group,
        ...(signingKeys.length > 0 && { signingKeys }),
        ...(order && { order }),
        ...(telemetry && { telemetry }),
        ...(attempts !== undefined && { attempts }),
        ...(backoff && { backoff }),
        ...(retention && { retention }),
      }),
    })
    return this.#emitter
  }

  async #emitChild(task: JobTask, event: string, payload: Payload, emissionId: string): Promise<void> {
    const parent = { id: task.emissionId, depth: task.depth, metadata: task.metadata }
    const emission = this.#emits().relay(event, payload, parent, emissionId)
    await emission.admitted
    for (const { result } of emission.emissionTasks)
      if (result?.status === 'rejected' && result.error instanceof EnqueueError) throw result.error
  }
}

/**
 * Starts a worker: imports its modules, connects to Redis, and runs tasks of its group until it is shut down. Where Redis cannot be
 * reached it waits, and tells `onError` why.
 *
 * @param options see {@link WorkerOptions}
 * @throws InvalidOptionError when an option is unknown or of the wrong type; HandlerNotPortableError when a handler is not found in
 *   its threads or processes; UnsafeRedisError when Redis would lose jobs; and what its modules throw when they are imported
 * @example
 * ```ts
 * import { createWorker } from '@eventlane/executor-bullmq'
 *
 * export const start = () =>
 *   createWorker({
 *     connection: 'redis://127.0.0.1:6379',
 *     modules: [new URL('./handlers.js', import.meta.url)],
 *     concurrency: 8,
 *     executor: 'thread',
 *   })
 * ```
 */
export async function createWorker(options: WorkerOptions): Promise<RemoteWorker> {
  return await new RemoteWorker(resolveWorkerOptions(options)).start()
}

/** It goes on trying; commands wait for it. */
const waitsForRedis = (): void => undefined

/** BullMQ waits for the end of the connection on which it waits for jobs, and ioredis for a word of one that it connects again. */
async function closeWorker(worker: TolerantWorker): Promise<void> {
  const client = worker.isRunning() ? await worker.getBackend().blockingConnection?.client : undefined
  await Promise.all([client?.status === 'reconnecting' && endConnection(client), worker.close()])
}

/** Ends the connection of a worker that cannot close; its own way waits for Redis to come back. */
async function cutOff(worker: TolerantWorker): Promise<void> {
  const client = await worker.getBackend().blockingConnection?.client
  if (client) await endConnection(client)
}
