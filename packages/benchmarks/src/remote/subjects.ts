import { randomUUID } from 'node:crypto'
import { defineEvent, EventEmitter, EventLinker, payload } from '@eventlane/core'
import { BullMQExecutor, createWorker } from '@eventlane/executor-bullmq'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { handled } from './handled.js'
import type { Order } from './order.js'
import { count } from './workers/handlers.js'

/** Adds a job, and resolves when Redis has it. Its worker is in the same process. */
export type Enqueue = (order: Order) => Promise<unknown>

const CONCURRENCY = 50
const DAY = 24 * 60 * 60

const eventlane = async (connection: string): Promise<Enqueue> => {
  const prefix = 'eventlane'
  const OrderPlaced = defineEvent('order.placed', payload<Order>())
  const linker = new EventLinker()
  linker.on(OrderPlaced, count)
  const events = new EventEmitter({ executor: new BullMQExecutor({ connection, prefix }), linker })
  await createWorker({ connection, prefix, linker, executor: 'inline', concurrency: CONCURRENCY })
  return (order) => events.emit(OrderPlaced, order).admitted
}

/** With the options that the executor sets: ids of its own, retries, and what is done with is forgotten after a while. */
const bullmq = async (connection: string): Promise<Enqueue> => {
  const prefix = 'bullmq'
  const queue = new Queue<Order>('main', { connection: new Redis(connection), prefix })
  const worker = new Worker<Order>(
    'main',
    ({ data }) => {
      handled.add(data.total)
      return Promise.resolve(null)
    },
    {
      connection: new Redis(connection, { maxRetriesPerRequest: null }),
      prefix,
      concurrency: CONCURRENCY,
    },
  )
  await worker.waitUntilReady()
  return (order) =>
    queue.add('order.placed', order, {
      jobId: randomUUID(),
      attempts: 3,
      backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
      removeOnComplete: { age: 60 * 60, count: 20_000 },
      removeOnFail: { age: 14 * DAY, count: 100_000 },
    })
}

/** By the names under which they are shown. */
export const subjects = { eventlane, bullmq } as const satisfies Readonly<
  Record<string, (connection: string) => Promise<Enqueue>>
>

export type SubjectName = keyof typeof subjects
