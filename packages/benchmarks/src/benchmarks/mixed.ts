import type { Benchmark } from '../benchmark.js'
import { PoolSet } from '../pool/pool-set.js'
import type { PoolSubject } from '../pool/pool.js'
import type { Ratio } from '../ratio.js'
import { playRounds } from '../rounds.js'
import { longerSamples } from '../settings.js'
import { atMost } from '../targets.js'
import type { Job } from '../work/job.js'
import { LARGE_MS, mixedContest, SMALL_P99, SMALL_TASKS } from '../work/mixed-contest.js'
import {
  eventlaneMixture,
  piscinaPipelined,
  piscinaWork,
  tinypoolPipelined,
  tinypoolWork,
} from '../work/work-pools.js'

const FLOW = { name: 'flow', title: 'Small tasks among large ones, arriving steadily' }
const BURST = { name: 'burst', title: 'Small tasks among large ones, all at once' }

const subjects = [eventlaneMixture, tinypoolWork, tinypoolPipelined, piscinaWork, piscinaPipelined]

/** What small tasks suffer from large ones. */
export const mixed: Benchmark = {
  name: 'mixed',
  title: 'Small tasks among large ones',
  tables: [FLOW, BURST],
  notes: [
    `One task in ${SMALL_TASKS + 1} computes for ${LARGE_MS} ms, at a place that differs from hundred to hundred and is the same for everybody; all others do nothing. 2 worker threads. What is shown is how long the small ones take, from their start to their result in the main realm.`,
    'Arriving steadily: one task a millisecond, which keeps the workers busy for a quarter of their time. All at once: a few hundred tasks in one turn, so that most of the time is a queue in front of both workers.',
    'eventlane as ever: `emit`, the reports awaited; large and small ones are two events with a handler each. tinypool and piscina once with one task at a time in each worker, their best here, and once pipelined, with `concurrentTasksPerWorker: 1024`, their best for tasks that do nothing. All results are checked.',
    'Where both workers compute, nothing can be quick: an executor that always found a free worker at once would still have that p99.',
  ],
  peers: ['tinypool', 'piscina'],
  run: async (settings) => {
    await using pools = new PoolSet<Job>()
    const measurements = await playRounds(
      [
        mixedContest({ table: FLOW.name, subjects, pools, everyMs: 1 }),
        mixedContest({ table: BURST.name, subjects, pools, everyMs: 0 }),
      ],
      longerSamples(settings),
    )
    const ratio = (name: string, { name: table }: { readonly name: string }, by: PoolSubject<Job>): Ratio =>
      measurements.ratio(name, {
        table,
        metric: SMALL_P99.name,
        of: eventlaneMixture.name,
        by: by.name,
        target: atMost(1 / 2),
      })
    return {
      measurements,
      ratios: [
        ratio('flowP99VsTinypool', FLOW, tinypoolWork),
        ratio('flowP99VsTinypoolPipelined', FLOW, tinypoolPipelined),
        ratio('burstP99VsTinypool', BURST, tinypoolWork),
        ratio('burstP99VsTinypoolPipelined', BURST, tinypoolPipelined),
      ],
    }
  },
}
