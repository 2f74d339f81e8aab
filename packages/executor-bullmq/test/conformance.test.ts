import { BullMQExecutor, createWorker, type RemoteWorker } from '@eventlane/executor-bullmq'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { describeExecutor, type ExecutorFactoryOptions } from '@eventlane/testing'
import type { ExecutorStats } from '@eventlane/core'
import { beforeAll } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'

/** What conformance tests link, but for modules that cannot be imported, or only slowly. */
const MODULES = [
  'handlers',
  'modules/other-copy',
  'modules/fault-handlers',
  'modules/class-event-handlers',
  'modules/worker-only-class',
].map((name) => new URL(`../../testing/dist/${name}.js`, import.meta.url))

describeWithRedis('a BullMQ executor that awaits results', (redis) => {
  const work = (
    prefix: string,
    { workers = 2, concurrency = 1, killGraceMs }: ExecutorFactoryOptions,
  ): Promise<RemoteWorker> =>
    createWorker({
      connection: redis.connection,
      prefix,
      modules: MODULES,
      concurrency: workers * concurrency,
      executor: new ThreadExecutor({
        workers,
        concurrency,
        ...(killGraceMs !== undefined && { killGraceMs }),
      }),
      parkMs: 100,
      shutdownTimeoutMs: 0,
    })

  beforeAll(async () => {
    // Emitters cannot be used while modules are imported.
    const worker = await work(redis.prefix(), {})
    await worker.shutdown()
  })

  describeExecutor('BullMQExecutor', (options = {}) => {
    const prefix = redis.prefix()
    return new WithWorker({ connection: redis.connection, prefix }, () => work(prefix, options))
  })
})

/** Starts a worker when it is first used, and ends it when it is ended. */
class WithWorker extends BullMQExecutor {
  readonly #start: () => Promise<RemoteWorker>
  #worker: Promise<RemoteWorker> | undefined
  #running: RemoteWorker | undefined

  constructor(
    at: { readonly connection: string; readonly prefix: string },
    start: () => Promise<RemoteWorker>,
  ) {
    super({ ...at, results: 'await', attempts: 1 })
    this.#start = start
  }

  override async prepare(...addresses: Parameters<BullMQExecutor['prepare']>): Promise<void> {
    await super.prepare(...addresses)
    await this.#work()
  }

  override submit(...tasks: Parameters<BullMQExecutor['submit']>): Promise<void> {
    const admitted = super.submit(...tasks)
    void this.#work()
    return admitted
  }

  /** Its own, and of its workers what the worker knows. */
  override stats(): ExecutorStats {
    const own = super.stats()
    const worker = this.#running
    if (worker === undefined) return own
    const { workers, workersLost, workersStarted, workerMs, utilisation } = worker.executorStats()
    const { running } = worker.stats()
    return {
      ...own,
      queued: own.queued - Math.min(own.queued, running),
      ...{ running, workers, workersLost, workersStarted, workerMs, utilisation },
    }
  }

  override async shutdown(): Promise<void> {
    await super.shutdown()
    await (await this.#worker)?.shutdown()
  }

  override async terminate(): Promise<void> {
    await super.terminate()
    await (await this.#worker)?.terminate()
  }

  async #work(): Promise<void> {
    this.#running = await (this.#worker ??= this.#start())
  }
}
