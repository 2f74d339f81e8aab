import { setTimeout as sleep } from 'node:timers/promises'
import { FlowProducer, Queue, RedisQueueBackend } from 'bullmq'
import type { Redis } from 'ioredis'
import type { ResolvedExecutorOptions } from './bullmq-options.js'
import { DataLossWatch } from '../redis/data-loss-watch.js'
import { Deadlines, type Deadline } from './deadline.js'
import { EnqueueError } from '../errors.js'
import { ownBackend } from '../redis/queue-backend.js'
import { endConnection, redisClient } from '../redis/redis-connection.js'
import { checkRedis } from '../redis/redis-check.js'
import type { TaskJob } from './task-job.js'

/** How long to wait before the next try, in milliseconds, at least. */
const RETRY_MS = 20
/** What Redis says while it starts, or changes its role. */
const PASSING_REFUSAL = /^(LOADING|READONLY|MASTERDOWN|TRYAGAIN|CLUSTERDOWN)/

/** Writes jobs to Redis: those of one emission in one transaction, and not at all where Redis does not take them in time. */
export class JobWriter {
  readonly #options: ResolvedExecutorOptions
  readonly #prepare: () => Promise<void>
  readonly #deadlines: Deadlines
  readonly #queues = new Map<string, Queue>()
  #client: Redis | undefined
  #flows: FlowProducer | undefined
  #connected: Promise<void> | undefined
  #ready: Promise<void> | undefined
  #isPrepared = false
  #dataLoss: DataLossWatch | undefined
  /** The last write to each ordered queue. */
  readonly #lines = new Map<string, Promise<void>>()
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
    if (client.status !== 'ready') await this.#whenConnected(client)
    this.#ready ??= (async () => {
      await checkRedis(client)
      await this.#watch(client)
      await this.#prepare()
    })()
    try {
      await this.#ready
      this.#isPrepared = true
    } catch (error) {
      this.#ready = undefined
      throw error
    }
  }

  /**
   * Writes the jobs of an emission. Those of one ordered queue get there in the order of these calls.
   *
   * @throws EnqueueError after `enqueueTimeoutMs`, or at once where it was told not to wait
   */
  async write(jobs: readonly TaskJob[]): Promise<void> {
    const { enqueueTimeoutMs } = this.#options
    const deadline = this.#deadlines.begin()
    const lines = new Set(jobs.flatMap(({ queue, isOrdered }) => (isOrdered ? [queue] : [])))
    const written =
      lines.size === 0 ? this.#writeUntil(deadline, jobs) : this.#writeInLine(deadline, jobs, lines)
    try {
      await written
    } catch (error) {
      const [{ data }] = jobs as readonly [TaskJob]
      throw error === deadline
        ? new EnqueueError(
            `Redis did not take the emission within ${String(enqueueTimeoutMs)} ms`,
            data.event,
            data.emission,
            deadline.cause,
          )
        : new EnqueueError('Redis did not take the emission', data.event, data.emission, error)
    } finally {
      deadline.clear()
    }
  }

  /** The queue of that name, on the connection of this writer, which must be ready: BullMQ gives up on one that is not. */
  queue(name: string): Queue {
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const { prefix, telemetry } = this.#options
    const queue = new Queue(name, {
      connection: this.#connect(),
      prefix,
      streams: { events: { maxLen: 100_000 } },
      ...(telemetry && { telemetry }),
    })
    queue.on('error', ignore)
    this.#queues.set(name, queue)
    forgetIfBroken(queue, () => this.#queues.delete(name))
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
    if (this.#client) await endConnection(this.#client)
  }

  /** Writes jobs after those that came before them in the same lines. */
  #writeInLine(deadline: Deadline, jobs: readonly TaskJob[], lines: ReadonlySet<string>): Promise<void> {
    const before = [...lines].flatMap((line) => this.#lines.get(line) ?? [])
    const written = deadline.race(Promise.all(before)).then(() => this.#writeUntil(deadline, jobs))
    const settled = written.catch(ignore)
    for (const line of lines) this.#lines.set(line, settled)
    return written
  }

  /** Writes jobs, again where Redis was away and there is time. */
  async #writeUntil(deadline: Deadline, jobs: readonly TaskJob[]): Promise<void> {
    for (;;) {
      try {
        await deadline.race(this.#writeOnce(jobs))
        return
      } catch (error) {
        const isOver = error === deadline || this.#isClosed || this.#options.unreachable === 'reject'
        if (isOver || !this.#isAway(error)) throw error
        deadline.cause = error
      }
      await deadline.race(this.#reconnected(deadline))
    }
  }

  #writeOnce(jobs: readonly TaskJob[]): Promise<unknown> {
    if (this.#client?.status === 'ready' && this.#isPrepared) return this.#add(jobs)
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
        opts,
      })),
    )
  }

  /** Whether Redis was away, rather than refuse. */
  #isAway(error: unknown): boolean {
    if (error instanceof Error && error.name === 'ReplyError') return PASSING_REFUSAL.test(error.message)
    return this.#client?.status !== 'ready' || isConnectionError(error)
  }

  /** Resolves when the client is connected, and not at once; or when nobody waits for it any more, or it will never be. */
  async #reconnected(deadline: Deadline): Promise<void> {
    await sleep(RETRY_MS)
    const client = this.#connect()
    const isWaiting = (): boolean => !deadline.isOver && !this.#isClosed
    while (isWaiting() && client.status !== 'ready' && client.status !== 'wait')
      await this.#whenConnected(client).catch(() => sleep(RETRY_MS))
  }

  /** Resolves when the client is connected; all emissions wait for the same, and go on in the order in which they came. */
  async #whenConnected(client: Redis): Promise<void> {
    this.#connected ??= isReady(client).finally(() => {
      this.#connected = undefined
    })
    await this.#connected
  }

  async #watch(client: Redis): Promise<void> {
    this.#dataLoss ??= new DataLossWatch(client, this.#options.prefix, ({ message, code }) => {
      process.emitWarning(message, { type: 'EventlaneWarning', code })
    })
    await this.#dataLoss.start()
  }

  #flowProducer(): FlowProducer {
    const { prefix, telemetry } = this.#options
    const options = { connection: this.#connect(), prefix, ...(telemetry && { telemetry }) }
    const flows = new FlowProducer(options, checkedBackend)
    flows.on('error', ignore)
    forgetIfBroken(flows, () => {
      this.#flows = undefined
    })
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
    for (const [error] of answers) if (error) throw error
    return answers
  }
}

const checkedBackend = ownBackend(CheckedBackend, { reads: false })

/** Errors come back from the commands that meet them. */
const ignore = (): void => undefined

/**
 * BullMQ never recovers what it made on a connection that was broken, which clients say they are only when the event loop has
 * turned.
 */
function forgetIfBroken(part: Queue | FlowProducer, forget: () => void): void {
  part.waitUntilReady().catch(() => {
    forget()
    part.close().catch(ignore)
  })
}

/** Whether an error says that the connection was lost, or was not there. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  return (
    code === 'ECONNREFUSED' ||
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    error.name === 'MaxRetriesPerRequestError' ||
    /connection is closed|isn't writeable|stream/i.test(error.message)
  )
}

const closedError = (): Error => new Error('the connection to Redis is closed')

/** Resolves when the client is connected; rejects when it fails to be. */
async function isReady(client: Redis): Promise<void> {
  if (client.status === 'ready') return
  if (client.status === 'wait') {
    await client.connect()
    return
  }
  if (client.status === 'end') throw closedError()
  await new Promise<void>((resolve, reject) => {
    const settle = (act: () => void) => (): void => {
      client.off('ready', onReady).off('close', onClose).off('end', onClose)
      act()
    }
    const onReady = settle(resolve)
    const onClose = settle(() => {
      reject(closedError())
    })
    client.once('ready', onReady).once('close', onClose).once('end', onClose)
  })
}
