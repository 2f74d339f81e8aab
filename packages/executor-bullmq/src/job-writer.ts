import {
  FlowProducer,
  Queue,
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
  type BackendFactory,
  type FlowProducerOptions,
  type JobsOptions,
} from 'bullmq'
import type { Redis } from 'ioredis'
import type { ResolvedExecutorOptions } from './bullmq-options.js'
import { Deadlines } from './deadline.js'
import { EnqueueError } from './errors.js'
import { redisClient } from './redis-connection.js'
import { checkRedis } from './redis-check.js'
import type { TaskJob } from './task-job.js'

/** Writes jobs to Redis: those of one emission in one transaction, and not at all where Redis does not take them in time. */
export class JobWriter {
  readonly #options: ResolvedExecutorOptions
  readonly #prepare: () => Promise<void>
  readonly #deadlines: Deadlines
  readonly #queues = new Map<string, Queue>()
  #client: Redis | undefined
  #flows: FlowProducer | undefined
  #ready: Promise<void> | undefined
  #isClosed = false

  /** @param prepare what has to have happened, with a client that is connected, before anything is written */
  constructor(options: ResolvedExecutorOptions, prepare: () => Promise<void> = () => Promise.resolve()) {
    this.#options = options
    this.#prepare = prepare
    this.#deadlines = new Deadlines(options.enqueueTimeoutMs)
  }

  /** Connects, and checks that Redis will not lose jobs. */
  async ready(): Promise<void> {
    const client = this.#connect()
    this.#ready ??= (async () => {
      await isReady(client)
      await checkRedis(client)
      await this.#prepare()
    })()
    try {
      await this.#ready
    } catch (error) {
      this.#ready = undefined
      throw error
    }
  }

  /**
   * Writes the jobs of an emission.
   *
   * @throws EnqueueError after `enqueueTimeoutMs`, or at once where it was told not to wait
   */
  async write(jobs: readonly TaskJob[]): Promise<void> {
    const { unreachable, enqueueTimeoutMs } = this.#options
    const [{ data }] = jobs as readonly [TaskJob]
    const deadline = this.#deadlines.begin()
    let cause: unknown
    try {
      for (;;) {
        try {
          await deadline.race(this.#writeOnce(jobs))
          return
        } catch (error) {
          if (error === deadline) throw error
          cause = error
        }
        if (unreachable === 'reject' || this.#isClosed || !isAway(cause)) break
        await deadline.race(reconnected(this.#connect()))
      }
    } catch (error) {
      if (error !== deadline) cause = error
      throw new EnqueueError(
        `Redis did not take the emission within ${String(enqueueTimeoutMs)} ms`,
        data.event,
        data.emission,
        cause,
      )
    } finally {
      deadline.clear()
    }
    throw new EnqueueError('Redis did not take the emission', data.event, data.emission, cause)
  }

  /** The queue of that name, on the connection of this writer. */
  queue(name: string): Queue {
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const { prefix, telemetry } = this.#options
    const queue = new Queue(name, {
      connection: this.#connect(),
      prefix,
      skipWaitingForReady: true,
      streams: { events: { maxLen: 100_000 } },
      ...(telemetry && { telemetry }),
    })
    queue.on('error', ignore)
    this.#queues.set(name, queue)
    return queue
  }

  /** The client that it writes with; nobody else closes it. */
  get client(): Redis {
    return this.#connect()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const parts = [...this.#queues.values(), ...(this.#flows ? [this.#flows] : [])]
    await Promise.allSettled(parts.map((part) => part.close()))
    this.#client?.disconnect()
  }

  #writeOnce(jobs: readonly TaskJob[]): Promise<unknown> {
    if (this.#client?.status === 'ready' && this.#ready !== undefined) return this.#add(jobs)
    return this.ready().then(() => this.#add(jobs))
  }

  #add(jobs: readonly TaskJob[]): Promise<unknown> {
    const [first] = jobs
    if (jobs.length === 1 && first !== undefined)
      return this.queue(first.queue).add(first.name, first.data, first.opts)
    this.#flows ??= this.#flowProducer()
    return this.#flows.addBulk(
      jobs.map(({ queue, name, data, opts }) => ({
        queueName: queue,
        name,
        data,
        opts: opts as JobsOptions,
      })),
    )
  }

  #flowProducer(): FlowProducer {
    const { prefix, telemetry } = this.#options
    const options = { connection: this.#connect(), prefix, ...(telemetry && { telemetry }) }
    const flows = new FlowProducer(options, checkedBackend)
    flows.on('error', ignore)
    return flows
  }

  #connect(): Redis {
    this.#client ??= redisClient(this.#options.connection, 'producer', ignore)
    return this.#client
  }
}

/** BullMQ looks at none of the answers of a transaction. */
class CheckedBackend extends RedisQueueBackend {
  override async addFlow(
    ...entries: Parameters<RedisQueueBackend['addFlow']>
  ): ReturnType<RedisQueueBackend['addFlow']> {
    const answers = await super.addFlow(...entries)
    for (const [error] of answers ?? []) if (error) throw error
    return answers
  }
}

const checkedBackend: BackendFactory<CheckedBackend> = (name, options) => {
  const keys = new QueueKeys((options as FlowProducerOptions).prefix)
  const connection = new RedisConnection(options.connection, { shared: true, blocking: false })
  return new CheckedBackend(connection, name, keys.getKeys(name), (type) => keys.toKey(name, type), options)
}

/** Errors come back from the commands that meet them. */
const ignore = (): void => undefined

/** Whether Redis was away, rather than refuse. */
function isAway(error: unknown): boolean {
  return !(
    error instanceof Error &&
    error.name === 'ReplyError' &&
    !/LOADING|READONLY|MASTERDOWN|TRYAGAIN/.test(error.message)
  )
}

/** Resolves when the client is connected; rejects when it fails to be. */
async function isReady(client: Redis): Promise<void> {
  if (client.status === 'ready') return
  if (client.status === 'wait') {
    await client.connect()
    return
  }
  await new Promise<void>((resolve, reject) => {
    const settle = (act: () => void) => (): void => {
      client.off('ready', onReady).off('close', onClose).off('end', onClose)
      act()
    }
    const onReady = settle(resolve)
    const onClose = settle(() => {
      reject(new Error('the connection to Redis is closed'))
    })
    client.once('ready', onReady).once('close', onClose).once('end', onClose)
  })
}

/** Resolves when the client is connected, however long that takes. */
async function reconnected(client: Redis): Promise<void> {
  if (client.status === 'ready') return
  await new Promise<void>((resolve) => client.once('ready', resolve))
}
