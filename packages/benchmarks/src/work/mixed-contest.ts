import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Contender, Contest } from '../contest.js'
import type { Metric } from '../metric.js'
import { percentile } from '../percentile.js'
import type { PoolSubject } from '../pool/pool.js'
import type { PoolSet } from '../pool/pool-set.js'
import { jobOf, workOn, type Job } from './job.js'

export const LARGE_MS = 50
/** So many to a large one. */
export const SMALL_TASKS = 99
const SMALL_P50: Metric = { name: 'p50 of small ones', unit: 'ns', better: 'less' }
export const SMALL_P99: Metric = { name: 'p99 of small ones', unit: 'ns', better: 'less' }

const WORKERS = 2
const NANOSECONDS_PER_MS = 1e6
const WARM_TURNS = 20_000

/** Who does the mixture, and how it comes. */
export interface MixedContest {
  readonly table: string
  readonly subjects: readonly PoolSubject<Job>[]
  readonly pools: PoolSet<Job>
  /** The time between two tasks, in ms; 0 for all at once. */
  readonly everyMs: number
}

/** How long tasks that do nothing take among tasks that compute. */
export function mixedContest({ table, subjects, pools, everyMs }: MixedContest): Contest {
  const large = jobOf(LARGE_MS)
  const largeResult = workOn(large)
  const contender = (subject: PoolSubject<Job>): Contender => ({
    subject: subject.name,
    measure: async (sampleMs) => {
      const pool = pools.of(subject, WORKERS)
      await Promise.all(Array.from({ length: 2 * WORKERS }, () => pool.run({ turns: WARM_TURNS })))
      const run = async (job: Job): Promise<number> => {
        const begun = performance.now()
        const result = await pool.run(job)
        const elapsedMs = performance.now() - begun
        if (result !== (job === large ? largeResult : workOn(job)))
          throw new Error(`${subject.name}: ${job.turns} turns gave ${result}`)
        return elapsedMs
      }
      const jobs = mixture(large, Math.max(Math.round((sampleMs * 5) / (SMALL_TASKS + 1)), 1))
      const times = await Promise.all(await startAll(jobs, run, everyMs))
      const smallTimes = Float64Array.from(times.filter((_, index) => jobs[index] !== large))
      return [
        { metric: SMALL_P50, value: percentile(smallTimes, 0.5) * NANOSECONDS_PER_MS },
        { metric: SMALL_P99, value: percentile(smallTimes, 0.99) * NANOSECONDS_PER_MS },
      ]
    },
  })
  return { table, contenders: subjects.map(contender) }
}

/** A hundred tasks after the other, each with its large one somewhere else, but at the same places every time. */
function mixture(large: Job, hundreds: number): readonly Job[] {
  return Array.from({ length: hundreds }, (_, hundred) => {
    const place = workOn({ turns: 7 + hundred }) % (SMALL_TASKS + 1)
    return Array.from({ length: SMALL_TASKS + 1 }, (__, index) => (index === place ? large : { turns: 1 }))
  }).flat()
}

/** Starts every task when it is due. */
async function startAll(
  jobs: readonly Job[],
  run: (job: Job) => Promise<number>,
  everyMs: number,
): Promise<readonly Promise<number>[]> {
  const begun = performance.now()
  const started: Promise<number>[] = []
  for (const job of jobs) {
    while (performance.now() - begun < started.length * everyMs) await sleep(1)
    const running = run(job)
    // It is awaited when all have been started; until then, its failure is not news.
    running.catch(() => undefined)
    started.push(running)
  }
  return started
}
