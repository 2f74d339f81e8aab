import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender, Contest } from '../contest.js'
import type { Metric } from '../metric.js'
import { Ledger } from '../pool/ledger.js'
import type { PoolSubject } from '../pool/pool.js'
import type { PoolSet } from '../pool/pool-set.js'
import { jobOf, workOn, type Job } from './job.js'

export const WORK_RATE: Metric = { name: 'rate', unit: 'tasks/s', better: 'more' }
export const LOOP_DELAY: Metric = { name: 'loop delay p99', unit: 'ns', better: 'less' }

const LOOP_RESOLUTION_MS = 1
const LEAST_TASKS = 4
const WARM_TURNS = 20_000
/** Jobs differ by a turn, so that their results do. */
const DIFFERENT_JOBS = 16

/** A pool with so many workers. */
export interface Crew {
  readonly name: string
  readonly subject: PoolSubject<Job>
  readonly workers: number
}

/** Who computes for how long. */
export interface WorkContest {
  readonly table: string
  readonly crews: readonly Crew[]
  /** The length of a job, in ms. */
  readonly ms: number
  readonly inFlight: number
  readonly pools: PoolSet<Job>
}

/** How many jobs of a length are done in a second, and how long the main loop is held up meanwhile. */
export function workContest({ table, crews, ms, inFlight, pools }: WorkContest): Contest {
  const { turns } = jobOf(ms)
  const tasks = Array.from({ length: DIFFERENT_JOBS }, (_, index): Job => ({ turns: turns + index }))
  const results = new Map(tasks.map((job) => [job, workOn(job)]))
  const resultOf = (job: Job): number => results.get(job) ?? Number.NaN
  const contender = ({ name, subject, workers }: Crew): Contender => ({
    subject: name,
    measure: async (sampleMs) => {
      const pool = pools.of(subject, workers)
      // Everybody is awake, every worker has compiled the loop.
      await Promise.all(Array.from({ length: 2 * workers }, () => pool.run({ turns: WARM_TURNS })))
      const idle = await loopDelay(() => sleep(Math.max(sampleMs / 4, 10)))
      const ledger = new Ledger({
        tasks,
        resultOf,
        sampleMs: 0,
        atLeast: Math.max(2 * Math.ceil(sampleMs / ms / 2), LEAST_TASKS),
      })
      let rate = 0
      const busy = await loopDelay(async () => {
        await pool.flood(ledger, inFlight)
        rate = ledger.close(name)
      })
      return [
        { metric: WORK_RATE, value: rate },
        { metric: LOOP_DELAY, value: Math.max(busy - idle, 0) },
      ]
    },
  })
  return { table, contenders: crews.map(contender) }
}

/** The 99th percentile of the main loop's delay while something goes on, in ns. */
async function loopDelay(during: () => Promise<unknown>): Promise<number> {
  const monitor = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  monitor.enable()
  await during()
  // What holds up the loop at the very end is seen when it next turns.
  await sleep(2 * LOOP_RESOLUTION_MS)
  monitor.disable()
  return monitor.percentile(99)
}
