import type { Benchmark } from '../benchmark.js'
import { PoolSet } from '../pool/pool-set.js'
import type { Ratio, Target } from '../ratio.js'
import { playRounds } from '../rounds.js'
import { longerSamples } from '../settings.js'
import { atLeast, atMost } from '../targets.js'
import { LOOP_DELAY, workContest, WORK_RATE, type Crew } from '../work/contests.js'
import type { Job } from '../work/job.js'
import { eventlaneWork, inlineWork, piscinaWork, tinypoolWork } from '../work/work-pools.js'

const SPEED_UP = 1.85
const LOOP_DELAY_MS = 5
const NANOSECONDS_PER_MS = 1e6

const sizes = [
  { name: 'tiny', ratio: '100us', ms: 0.1, inFlight: 128, speedUp: undefined },
  { name: 'short', ratio: '1ms', ms: 1, inFlight: 32, speedUp: atLeast(SPEED_UP) },
  { name: 'long', ratio: '10ms', ms: 10, inFlight: 8, speedUp: atLeast(SPEED_UP) },
  { name: 'huge', ratio: '100ms', ms: 100, inFlight: 4, speedUp: atLeast(SPEED_UP) },
] as const

const inline: Crew = { name: 'eventlane, inline', subject: inlineWork, workers: 1 }
const pools = [eventlaneWork, tinypoolWork, piscinaWork].map((subject) => ({
  one: { name: `${subject.name}, 1 worker`, subject, workers: 1 },
  two: { name: `${subject.name}, 2 workers`, subject, workers: 2 },
}))
const crews: readonly Crew[] = [inline, ...pools.flatMap(({ one, two }) => [one, two])]

/** What a second worker is worth, and what the main loop feels of it. */
export const cpu: Benchmark = {
  name: 'cpu',
  title: 'Handlers that compute',
  tables: sizes.map(({ name, ms }) => ({ name, title: `Handlers of ${ms} ms of computing` })),
  notes: [
    'A handler runs a loop whose number of turns was found out on the main thread, so that it takes the given time there; it returns a number that only the whole loop gives, and the sum of all results is checked.',
    'Each sample is an even number of tasks, 4 at least, with a few in flight for each worker. Threads; eventlane with `emit` and reports awaited, tinypool and piscina with one task at a time in each worker.',
    'Loop delay is the 99th percentile of `monitorEventLoopDelay` with a resolution of 1 ms on the main thread under that load, less what it is while the program idles right before. With two busy workers on two cores, the main thread has to share one of them.',
    'A second worker can at best double the rate where the machine has a core for it and nothing else runs.',
  ],
  peers: ['tinypool', 'piscina'],
  run: async (settings) => {
    await using opened = new PoolSet<Job>()
    const measurements = await playRounds(
      sizes.map(({ name: table, ms, inFlight }) =>
        workContest({ table, crews, ms, inFlight, pools: opened }),
      ),
      longerSamples(settings),
    )
    const speedUp = (name: string, table: string, of: Crew, by: Crew, target?: Target): Ratio =>
      measurements.ratio(name, {
        table,
        metric: WORK_RATE.name,
        of: of.name,
        by: by.name,
        ...(target && { target }),
      })
    return {
      measurements,
      ratios: sizes.flatMap(({ name: table, ratio, speedUp: target }) => [
        ...pools.flatMap(({ one, two }, index) =>
          index === 0
            ? [
                speedUp(`speedUp${ratio}`, table, two, one, target),
                speedUp(`speedUpVsInline${ratio}`, table, two, inline),
                measurements.figure(`loopDelayMs${ratio}`, {
                  table,
                  metric: LOOP_DELAY.name,
                  of: two.name,
                  per: NANOSECONDS_PER_MS,
                  target: atMost(LOOP_DELAY_MS),
                }),
              ]
            : [speedUp(`${one.subject.name}SpeedUp${ratio}`, table, two, one)],
        ),
      ]),
    }
  },
}
