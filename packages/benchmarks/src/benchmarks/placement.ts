import type { Benchmark } from '../benchmark.js'
import type { Metric } from '../metric.js'
import {
  allInline,
  allOnThreads,
  Executors,
  nameOf,
  placements,
  recommendedPlacement,
} from '../placement/placement.js'
import {
  COMPUTING_JOBS,
  COMPUTING_MS,
  doOnce,
  mixedWorkload,
  TRIFLES,
  WAIT_MS,
  WAITS,
} from '../placement/workload.js'
import { playRounds } from '../rounds.js'
import { longerSamples } from '../settings.js'
import { atMost } from '../targets.js'
import { timed } from '../timed.js'

const PLACEMENTS = { name: 'placements', title: 'A mixed workload, with its handlers in every place' }
const TIME: Metric = { name: 'time', unit: 'ns', better: 'less' }
/** How much worse than the best of all placements the recommended one may be. */
const LEEWAY = 1.15

/** What it is worth to have handlers in the right place, and whether `observe` finds it. */
export const placement: Benchmark = {
  name: 'placement',
  title: 'Where handlers run, as observe recommends it',
  tables: [PLACEMENTS],
  notes: [
    `${COMPUTING_JOBS} tasks that compute for ${COMPUTING_MS} ms, ${TRIFLES} that do nothing, and ${WAITS} that wait for ${WAIT_MS} ms on a timer, as for an answer from elsewhere, are emitted in one turn; the time is that until all reports are there. The sum and the number of all results are checked.`,
    'A placement says where those that compute, the tiny ones and those that wait run, in this order: `inline`, on the main event loop; `thread`, one at a time in each of 2 worker threads; `thread-async`, up to 64 at once in each of 2 others.',
    'Before anything is timed, `observe` watches the workload with everything inline; the placement that it recommends is marked. The best placement is the one with the least median.',
  ],
  peers: [],
  run: async (settings) => {
    await using executors = new Executors()
    const workload = mixedWorkload()
    const recommended = nameOf(await recommendedPlacement(workload, executors))
    const subjectOf = (name: string): string => (name === recommended ? `${name} (observe)` : name)
    const measurements = await playRounds(
      [
        {
          table: PLACEMENTS.name,
          contenders: placements.map((one) => {
            const events = executors.emitter(one)
            return timed({
              subject: subjectOf(nameOf(one)),
              metric: TIME,
              pass: () => doOnce(workload, events),
              operations: 1,
              checksum: workload.checksum,
            })
          }),
        },
      ],
      longerSamples(settings),
    )
    const best = measurements.rows.reduce((one, other) => (other.median < one.median ? other : one)).subject
    const of = subjectOf(recommended)
    const quotient = { table: PLACEMENTS.name, metric: TIME.name, of }
    return {
      measurements,
      ratios: [
        measurements.ratio('recommendedVsBest', { ...quotient, by: best, target: atMost(LEEWAY) }),
        measurements.ratio('recommendedVsInline', { ...quotient, by: subjectOf(nameOf(allInline)) }),
        measurements.ratio('recommendedVsThreads', { ...quotient, by: subjectOf(nameOf(allOnThreads)) }),
      ],
    }
  },
}
