import { EventEmitter, EventLinker } from '@eventlane/core'
import {
  BullMQExecutor,
  createWorker,
  type BullMQExecutorOptions,
  type RemoteWorker,
  type WorkerOptions,
} from '@eventlane/executor-bullmq'
import { onTestFinished } from 'vitest'
import type { TestRedis } from './describe-with-redis.js'
import type { Job } from './handlers.js'
import { Witness } from '@eventlane/testing/witness'

export const HANDLERS = new URL('./handlers.ts', import.meta.url)

/** An emitter that hands over to workers of its own. */
export interface Stage {
  readonly prefix: string
  readonly connection: string
  readonly executor: BullMQExecutor
  readonly linker: EventLinker
  readonly events: EventEmitter
  readonly witness: Witness
  readonly job: (label: string, more?: Partial<Job>) => Job
  /** Starts a worker, whose handlers run on its own event loop, which is this one. */
  readonly work: (options?: Partial<WorkerOptions>) => Promise<RemoteWorker>
}

/** Sets a stage up for one test, and clears it afterwards. */
export function setStage(
  redis: Pick<TestRedis, 'connection' | 'prefix'>,
  options: Partial<BullMQExecutorOptions> = {},
): Stage {
  const prefix = redis.prefix()
  const { connection } = redis
  const executor = new BullMQExecutor({ connection, prefix, ...options })
  const linker = new EventLinker()
  const events = new EventEmitter({ executor, linker, shutdownTimeoutMs: 10_000 })
  const witness = new Witness()
  const workers: RemoteWorker[] = []
  onTestFinished(async () => {
    witness.open()
    await Promise.all(workers.map((worker) => worker.shutdown({ timeoutMs: 1000 })))
    await events.shutdown({ cancelPending: true, timeoutMs: 10_000 })
    witness.remove()
  }, 30_000)
  return {
    prefix,
    connection,
    executor,
    linker,
    events,
    witness,
    job: (label, more = {}) => ({ witness: witness.directory, label, ...more }),
    work: async (own = {}) => {
      const worker = await createWorker({
        connection,
        prefix,
        modules: [HANDLERS],
        linker,
        executor: 'inline',
        lockMs: 5000,
        stallCheckMs: 1000,
        ...own,
      })
      workers.push(worker)
      return worker
    },
  }
}
