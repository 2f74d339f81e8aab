import { setTimeout as sleep } from 'node:timers/promises'
import { EventEmitter } from '@eventlane/core'
import { BullMQExecutor } from '@eventlane/executor-bullmq'
import type { Queue } from 'bullmq'
import { OrderPlaced } from './events.js'
import { STEPS, type LedgerEntry } from './ledger-entry.js'
import type { Ledger } from './ledger.js'
import { summarize } from './summary.js'
import type { TimelineMarks } from './timeline.js'
import { WorkerProcess } from './worker-process.js'
import './links.js'

const BETWEEN_ORDERS_MS = 60
const BETWEEN_LOOKS_MS = 20

/** What a run needs. */
export interface PipelineOptions {
  readonly connection: string
  readonly prefix: string
  readonly ledger: Ledger
  /** The queue that the jobs are in. */
  readonly queue: Queue
  readonly orders: number
  /** Told what happens, as it does. */
  readonly say: (who: string, what: string) => void
}

/** What a run has left behind. */
export interface PipelineResult {
  readonly orders: readonly string[]
  readonly entries: readonly LedgerEntry[]
  readonly marks: TimelineMarks
}

/** Places orders, kills a worker half-way, and waits until nothing is left to do. */
export async function runPipeline(options: PipelineOptions): Promise<PipelineResult> {
  const { connection, prefix, say } = options
  const start = async (name: string, remark: string): Promise<WorkerProcess> => {
    const worker = await WorkerProcess.start(name, connection, prefix)
    say(`worker ${name}`, `process ${String(worker.pid)}, ${remark}`)
    return worker
  }
  const [doomed, survivor] = await Promise.all([start('A', 'ready'), start('B', 'ready')])
  const begunAt = Date.now()
  const placing = placeOrders(options)
  const entries: LedgerEntry[] = []
  const look = async (): Promise<void> => {
    entries.push(...(await options.ledger.news()))
    await sleep(BETWEEN_LOOKS_MS)
  }

  while (!isWorstMoment(entries, options.orders, doomed.name)) await look()
  await doomed.kill()
  const killedAt = Date.now()
  say(
    'shop',
    `half of the work is done: worker ${doomed.name} was killed (SIGKILL), in the middle of its work`,
  )
  const replacement = await start('C', `ready, in place of ${doomed.name}`)

  const placedAt = await placing
  const orders = [...placedAt.keys()]
  say('shop', `all ${String(orders.length)} orders are placed`)
  while (summarize(orders, entries).completed < orders.length || (await isBusy(options.queue))) await look()
  say('shop', 'all orders are shipped, and the queue is empty')
  await Promise.all([survivor.stop(), replacement.stop()])
  entries.push(...(await options.ledger.news()))
  return { orders, entries, marks: { begunAt, killedAt, placedAt } }
}

/** The checkout: all it does is to emit. */
async function placeOrders({
  connection,
  prefix,
  orders,
}: PipelineOptions): Promise<ReadonlyMap<string, number>> {
  await using events = new EventEmitter({ executor: new BullMQExecutor({ connection, prefix }) })
  const placedAt = new Map<string, number>()
  for (let number = 1; number <= orders; number += 1) {
    const id = `o-${String(number).padStart(2, '0')}`
    placedAt.set(id, Date.now())
    await events.emit(OrderPlaced, { id, customer: `customer ${String(number)}`, cents: 1000 + number })
      .admitted
    await sleep(BETWEEN_ORDERS_MS)
  }
  return placedAt
}

/** Half of the work is done, and the worker has just done something that nobody has been told of. */
function isWorstMoment(entries: readonly LedgerEntry[], orders: number, worker: string): boolean {
  const booked = entries.filter(({ what }) => what === 'booked')
  if (booked.length < (orders * STEPS.length) / 2) return false
  const own = entries.filter((entry) => entry.worker === worker)
  return own.some(
    ({ what, step, order }) =>
      what === 'booked' &&
      !own.some((other) => other.what === 'returned' && other.step === step && other.order === order),
  )
}

async function isBusy(queue: Queue): Promise<boolean> {
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized')
  return Object.values(counts).some((count) => count > 0)
}
