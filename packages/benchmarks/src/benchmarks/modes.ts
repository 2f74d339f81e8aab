import type { Benchmark } from '../benchmark.js'
import { IN_FLIGHT, latencyContest, rateContest, rateMetric, type NoOpContest } from '../pool/contests.js'
import { modeSubjects, waitingSubjects } from '../pool/eventlane-pools.js'
import { PoolSet } from '../pool/pool-set.js'
import type { Task } from '../pool/task.js'
import type { Wait } from '../pool/workers/waiting.js'
import type { Metric } from '../metric.js'
import { WAIT_MS, WAITING, WAITING_TIME, waitingContest } from '../pool/waiting-contest.js'
import { playRounds } from '../rounds.js'
import { longerSamples } from '../settings.js'

const MODES = { name: 'modes', title: 'The five execution modes: a handler that does nothing' }
const WAITS = {
  name: 'waiting',
  title: `${WAITING} handlers that wait for ${WAIT_MS} ms, on one worker`,
}
const PUBLISHED = {
  name: 'published',
  title: "For comparison, not measured here: what fapilog's documentation says of its modes",
}

const PUBLISHED_RATE: Metric = { name: 'published rate', unit: 'events/s', better: 'more' }
const PUBLISHED_LATENCY: Metric = { name: 'published latency', unit: 'ns', better: 'less' }
const publishedFigures = [
  ['fapilog, async', 120_000, 8000],
  ['fapilog, bound loop', 100_000, 10_000],
  ['fapilog, thread', 12_000, 80_000],
] as const

const [INLINE, ...ELSEWHERE] = modeSubjects.map(({ name }) => name)
const RATIO_NAMES: Readonly<Record<string, string>> = {
  'separate-thread': 'threadVsMain',
  'separate-thread-async': 'threadAsyncVsMain',
  'separate-process': 'processVsMain',
  'separate-process-async': 'processAsyncVsMain',
}

/** What the place of a handler costs. */
export const modes: Benchmark = {
  name: 'modes',
  title: 'Execution modes',
  tables: [MODES, WAITS, PUBLISHED],
  notes: [
    'Every event carries an object of about 100 bytes of JSON; the handler returns a number out of it. Counts and the sum of all results are checked.',
    `The rate is that of emissions with ${IN_FLIGHT} in flight, the report of each awaited and its outcome read. Pools have 2 workers; in async modes 64 handlers may be under way in each.`,
    'p50 and p99 are the time from `emit` until the report is there, on a main loop that has nothing else to do: the handler is done, and the news of it is back. Emissions go out one at a time.',
    `${WAITING} handlers that wait for ${WAIT_MS} ms each, on a timer, are emitted in one turn to one worker; the time is that until the last report is there. The plain modes run one after the other, which takes ${WAITING * WAIT_MS} ms at least, the async ones all of them at once. The sum of all results is checked.`,
    "The last table is copied from fapilog's documentation, which measures a logger in Python on another machine. It shows what order of magnitude others print for such modes, and nothing more.",
  ],
  peers: [],
  run: async (settings) => {
    await using pools = new PoolSet<Task>()
    await using waitingPools = new PoolSet<Wait>()
    const contest: NoOpContest = {
      table: MODES.name,
      subjects: modeSubjects,
      workers: 2,
      pools,
      suffix: '',
    }
    const measurements = await playRounds(
      [
        rateContest(contest),
        latencyContest(contest),
        waitingContest({ table: WAITS.name, subjects: waitingSubjects, pools: waitingPools }),
      ],
      longerSamples(settings),
    )
    for (const [subject, rate, latency] of publishedFigures) {
      measurements.add(PUBLISHED.name, subject, { metric: PUBLISHED_RATE, value: rate })
      measurements.add(PUBLISHED.name, subject, { metric: PUBLISHED_LATENCY, value: latency })
    }
    return {
      measurements,
      ratios: [
        ...ELSEWHERE.map((of) =>
          measurements.ratio(RATIO_NAMES[of] ?? of, {
            table: MODES.name,
            metric: rateMetric('').name,
            of,
            by: INLINE ?? '',
          }),
        ),
        ...(['thread', 'process'] as const).map((place) =>
          measurements.ratio(`${place}AsyncWaitsVsPlain`, {
            table: WAITS.name,
            metric: WAITING_TIME.name,
            of: `separate-${place}-async`,
            by: `separate-${place}`,
          }),
        ),
      ],
    }
  },
}
