import { performance } from 'node:perf_hooks'
import type { Contender, Contest, Figure } from '../contest.js'
import type { Metric } from '../metric.js'
import { percentile } from '../percentile.js'
import { Ledger } from './ledger.js'
import type { Pool, PoolSubject } from './pool.js'
import { resultOf, tasks } from './task.js'

export const IN_FLIGHT = 1000
/** Before the clock starts: whoever had gone to sleep is awake. */
const PRELUDE_TASKS = 10
const NANOSECONDS_PER_MS = 1e6

const workersLabel = (workers: number): string => (workers === 1 ? '1 worker' : `${workers} workers`)

export const rateMetric = (workers: number): Metric => ({
  name: `rate, ${workersLabel(workers)}`,
  unit: 'tasks/s',
  better: 'more',
})

export const latencyMetric = (percent: 50 | 99, workers: number): Metric => ({
  name: `p${percent}, ${workersLabel(workers)}`,
  unit: 'ns',
  better: 'less',
})

/** Pools that are opened when they are first needed, each once. */
export class PoolSet implements AsyncDisposable {
  readonly #open = new Map<PoolSubject, Map<number, Pool>>()

  constructor() {
    // Every worker's output ends up there, and there are more workers than Node.js thinks right.
    for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(Number.POSITIVE_INFINITY)
  }

  of(subject: PoolSubject, workers: number): Pool {
    const pools = this.#open.get(subject) ?? new Map<number, Pool>()
    this.#open.set(subject, pools)
    const pool = pools.get(workers) ?? subject.open(workers)
    pools.set(workers, pool)
    return pool
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#open.values()].flatMap((one) => [...one.values()])
    await Promise.all(pools.map((pool) => pool.close()))
  }
}

/** How many no-op tasks go through in a second, with many in flight. */
export function rateContest(
  table: string,
  subjects: readonly PoolSubject[],
  workers: number,
  pools: PoolSet,
): Contest {
  const metric = rateMetric(workers)
  const contender = (subject: PoolSubject): Contender => ({
    subject: subject.name,
    measure: async (sampleMs) => {
      const pool = pools.of(subject, workers)
      await roundTrips(subject.name, pool, 0)
      const ledger = new Ledger(sampleMs, IN_FLIGHT)
      await pool.flood(ledger, IN_FLIGHT)
      return [{ metric, value: ledger.close(subject.name) }]
    },
  })
  return { table, contenders: subjects.map(contender) }
}

/** How long one no-op task takes, there and back, where nothing else is going on. */
export function latencyContest(
  table: string,
  subjects: readonly PoolSubject[],
  workers: number,
  pools: PoolSet,
): Contest {
  const contender = (subject: PoolSubject): Contender => ({
    subject: subject.name,
    measure: async (sampleMs) => {
      const times = await roundTrips(subject.name, pools.of(subject, workers), sampleMs)
      return ([50, 99] as const).map((percent): Figure => ({
        metric: latencyMetric(percent, workers),
        value: percentile(times, percent / 100) * NANOSECONDS_PER_MS,
      }))
    },
  })
  return { table, contenders: subjects.map(contender) }
}

/** One after the other, for as long as the sample takes: the time of each, in ms. */
async function roundTrips(subject: string, pool: Pool, sampleMs: number): Promise<Float64Array> {
  const times: number[] = []
  const begun = performance.now()
  let now = begun
  for (let count = 0; count <= PRELUDE_TASKS || now - begun < sampleMs; count += 1) {
    const task = tasks[count % tasks.length] as (typeof tasks)[number]
    const sent = performance.now()
    const result = await pool.run(task)
    now = performance.now()
    if (result !== resultOf(task))
      throw new Error(`${subject}: the result is ${result}, not ${resultOf(task)}`)
    if (count >= PRELUDE_TASKS) times.push(now - sent)
  }
  return Float64Array.from(times)
}
