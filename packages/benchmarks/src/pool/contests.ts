import { performance } from 'node:perf_hooks'
import type { Contender, Contest, Figure } from '../contest.js'
import type { Metric } from '../metric.js'
import { percentile } from '../percentile.js'
import { Ledger } from './ledger.js'
import type { Pool, PoolSubject } from './pool.js'
import type { PoolSet } from './pool-set.js'
import { resultOf, tasks, type Task } from './task.js'

export const IN_FLIGHT = 1000
/** Before the clock starts: whoever had gone to sleep is awake. */
const PRELUDE_TASKS = 10
const NANOSECONDS_PER_MS = 1e6

/** Who does no-op tasks, with how many workers, and where the figures go. */
export interface NoOpContest {
  readonly table: string
  readonly subjects: readonly PoolSubject<Task>[]
  readonly workers: number
  readonly pools: PoolSet<Task>
  /** What is added to the names of metrics: `, 2 workers`. */
  readonly suffix: string
}

export const rateMetric = (suffix: string): Metric => ({
  name: `rate${suffix}`,
  unit: 'tasks/s',
  better: 'more',
})

export const latencyMetric = (percent: 50 | 99, suffix: string): Metric => ({
  name: `p${percent}${suffix}`,
  unit: 'ns',
  better: 'less',
})

/** How many no-op tasks go through in a second, with many in flight. */
export function rateContest({ table, subjects, workers, pools, suffix }: NoOpContest): Contest {
  const contender = (subject: PoolSubject<Task>): Contender => ({
    subject: subject.name,
    measure: async (sampleMs) => {
      const pool = pools.of(subject, workers)
      await roundTrips(subject.name, pool, 0)
      const ledger = new Ledger({ tasks, resultOf, sampleMs, atLeast: IN_FLIGHT })
      await pool.flood(ledger, IN_FLIGHT)
      return [{ metric: rateMetric(suffix), value: ledger.close(subject.name) }]
    },
  })
  return { table, contenders: subjects.map(contender) }
}

/** How long one no-op task takes, there and back, where nothing else is going on. */
export function latencyContest({ table, subjects, workers, pools, suffix }: NoOpContest): Contest {
  const contender = (subject: PoolSubject<Task>): Contender => ({
    subject: subject.name,
    measure: async (sampleMs) => {
      const times = await roundTrips(subject.name, pools.of(subject, workers), sampleMs)
      return ([50, 99] as const).map((percent): Figure => ({
        metric: latencyMetric(percent, suffix),
        value: percentile(times, percent / 100) * NANOSECONDS_PER_MS,
      }))
    },
  })
  return { table, contenders: subjects.map(contender) }
}

/** One after the other, for as long as the sample takes: the time of each, in ms. */
async function roundTrips(subject: string, pool: Pool<Task>, sampleMs: number): Promise<Float64Array> {
  const times: number[] = []
  const begun = performance.now()
  let now = begun
  for (let count = 0; count <= PRELUDE_TASKS || now - begun < sampleMs; count += 1) {
    const task = tasks[count % tasks.length] as Task
    const sent = performance.now()
    const result = await pool.run(task)
    now = performance.now()
    if (result !== resultOf(task))
      throw new Error(`${subject}: the result is ${result}, not ${resultOf(task)}`)
    if (count >= PRELUDE_TASKS) times.push(now - sent)
  }
  return Float64Array.from(times)
}
