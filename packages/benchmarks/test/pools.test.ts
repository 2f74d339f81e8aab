import { describe, expect, it } from 'vitest'
import { percentile } from '../src/percentile.js'
import { channelPool, type Channel } from '../src/pool/channel-pool.js'
import { Ledger } from '../src/pool/ledger.js'
import { promisedPool } from '../src/pool/pool.js'
import { resultOf, tasks, type Task } from '../src/pool/task.js'
import { jobOf, workOn } from '../src/work/job.js'
import { shortestReport } from './program.js'

/** Workers of all peers start, and the longest handlers take their time. */
const TIMEOUT_MS = 300_000

const pools = ['eventlane', 'tinypool', 'tinypool, atomics', 'piscina', 'workerpool', 'poolifier']
const crews = ['eventlane', 'tinypool', 'piscina'].flatMap((name) => [
  `${name}, 1 worker`,
  `${name}, 2 workers`,
])
const mixedSubjects = ['eventlane', 'tinypool', 'tinypool, pipelined', 'piscina', 'piscina, pipelined']
const modes = [
  'main-event-loop-async',
  'separate-thread',
  'separate-thread-async',
  'separate-process',
  'separate-process-async',
]
const places = ['inline', 'thread', 'thread-async']
const placements = places
  .flatMap((computing) =>
    places.flatMap((tiny) => places.map((waiting) => [computing, tiny, waiting].join(' · '))),
  )
  .map((name) => (name === 'thread · inline · inline' ? `${name} (observe)` : name))
const ofWorkers = (metrics: readonly string[], subjects: readonly string[]) =>
  Object.fromEntries(metrics.map((metric) => [metric, [...subjects].toSorted()]))

describe('a run of', () => {
  it.each<{ name: string; subjects: Record<string, readonly string[]>; ratios: readonly string[] }>([
    {
      name: 'pool',
      subjects: {
        ...ofWorkers(
          ['threads rate, 1 worker (tasks/s)', 'threads rate, 2 workers (tasks/s)'],
          [...pools, 'postMessage', 'postMessage, batches of 64'],
        ),
        ...ofWorkers(
          ['processes rate, 1 worker (tasks/s)', 'processes rate, 2 workers (tasks/s)'],
          ['eventlane', 'tinypool', 'workerpool', 'fork', 'fork, batches of 64'],
        ),
        ...ofWorkers(
          ['p50, 1 worker', 'p99, 1 worker', 'p50, 2 workers', 'p99, 2 workers'].map(
            (metric) => `thread-latency ${metric} (ns)`,
          ),
          [...pools, 'postMessage'],
        ),
        ...ofWorkers(
          ['p50, 1 worker', 'p99, 1 worker', 'p50, 2 workers', 'p99, 2 workers'].map(
            (metric) => `process-latency ${metric} (ns)`,
          ),
          ['eventlane', 'tinypool', 'workerpool', 'fork'],
        ),
      },
      ratios: [
        'threadsVsRawBatches',
        'threadsVsTinypool',
        'threadsVsTinypoolAtomics',
        'processesVsRawBatches',
        'processesVsTinypool',
        'threadLatencyVsRaw',
        'threadLatencyP99VsTinypool',
        'threadLatencyP99VsTinypoolAtomics',
        'processLatencyVsRaw',
        'processLatencyP99VsTinypool',
      ],
    },
    {
      name: 'modes',
      subjects: {
        ...ofWorkers(
          ['modes rate (tasks/s)', 'modes p50 (ns)', 'modes p99 (ns)', 'waiting time (ns)'],
          modes,
        ),
        ...ofWorkers(
          ['published published rate (events/s)', 'published published latency (ns)'],
          ['fapilog, async', 'fapilog, bound loop', 'fapilog, thread'],
        ),
      },
      ratios: [
        'threadVsMain',
        'threadAsyncVsMain',
        'processVsMain',
        'processAsyncVsMain',
        'threadAsyncWaitsVsPlain',
        'processAsyncWaitsVsPlain',
      ],
    },
    {
      name: 'placement',
      subjects: { 'placements time (ns)': placements.toSorted() },
      ratios: ['recommendedVsBest', 'recommendedVsInline', 'recommendedVsThreads'],
    },
    {
      name: 'cpu',
      subjects: ofWorkers(
        ['tiny', 'short', 'long', 'huge'].flatMap((table) => [
          `${table} rate (tasks/s)`,
          `${table} loop delay p99 (ns)`,
        ]),
        ['eventlane, inline', ...crews],
      ),
      ratios: ['100us', '1ms', '10ms', '100ms'].flatMap((size) => [
        `speedUp${size}`,
        `speedUpVsInline${size}`,
        `loopDelayMs${size}`,
        `tinypoolSpeedUp${size}`,
        `piscinaSpeedUp${size}`,
      ]),
    },
    {
      name: 'mixed',
      subjects: ofWorkers(
        ['flow', 'burst'].flatMap((table) => [
          `${table} p50 of small ones (ns)`,
          `${table} p99 of small ones (ns)`,
        ]),
        mixedSubjects,
      ),
      ratios: [
        'flowP99VsTinypool',
        'flowP99VsTinypoolPipelined',
        'burstP99VsTinypool',
        'burstP99VsTinypoolPipelined',
      ],
    },
  ])(
    '$name measures everybody and has all ratios',
    async ({ name, subjects, ratios }) => {
      const report = await shortestReport(name)
      const measured: Record<string, string[]> = {}
      for (const { metric, subject, median } of report.rows) {
        ;(measured[metric] ??= []).push(subject)
        expect(median).toBeGreaterThanOrEqual(metric.includes('loop delay') ? 0 : Number.MIN_VALUE)
      }
      for (const list of Object.values(measured)) list.sort()
      expect(measured).toEqual(subjects)
      expect(Object.keys(report.ratios)).toEqual(ratios)
      for (const [ratio, median] of Object.entries(report.ratios))
        expect(median).toBeGreaterThanOrEqual(ratio.startsWith('loopDelay') ? 0 : Number.MIN_VALUE)
    },
    TIMEOUT_MS,
  )
})

const assignment = { tasks, resultOf, sampleMs: 0, atLeast: 200 }

describe('a ledger', () => {
  it('gives out as many tasks as are asked for, and more for as long as the sample takes', async () => {
    const counts = [0, 5].map((sampleMs) => {
      const ledger = new Ledger({ ...assignment, sampleMs })
      let count = 0
      for (let task = ledger.next(); task !== undefined; task = ledger.next()) count += 1
      return count
    })
    expect(counts[0]).toBe(200)
    expect(counts[1]).toBeGreaterThan(200)
  })

  it('takes the results of a pool that does its work', async () => {
    const pool = promisedPool({ run: async (task: Task) => resultOf(task), close: () => undefined })
    const ledger = new Ledger(assignment)
    await pool.flood(ledger, 10)
    expect(ledger.close('a')).toBeGreaterThan(0)
  })

  it('refuses a pool that does something else', async () => {
    let calls = 0
    const pool = promisedPool({
      run: async (task: Task) => resultOf(task) + (calls++ === 150 ? 1 : 0),
      close: () => undefined,
    })
    const ledger = new Ledger(assignment)
    await pool.flood(ledger, 10)
    expect(() => ledger.close('a')).toThrow('a: the checksum is off by -1')
  })

  it('refuses a pool that loses a task', () => {
    const ledger = new Ledger(assignment)
    for (let task = ledger.next(); task !== undefined; task = ledger.next())
      if (task !== tasks[5]) ledger.enter(resultOf(task))
    expect(() => ledger.close('a')).toThrow('a: 196 of 200 tasks came back')
  })

  it('keeps the tasks in flight at their number', async () => {
    let inFlight = 0
    let most = 0
    const pool = promisedPool({
      run: async (task: Task) => {
        inFlight += 1
        most = Math.max(most, inFlight)
        await Promise.resolve()
        inFlight -= 1
        return resultOf(task)
      },
      close: () => undefined,
    })
    await pool.flood(new Ledger(assignment), 10)
    expect(most).toBe(10)
  })
})

describe('a pool of bare channels', () => {
  /** Answers what it is given, later. */
  function channel(answer: (message: unknown) => unknown, sent: unknown[] = []): Channel {
    let listener: (message: unknown) => void = () => undefined
    return {
      send: (message) => {
        sent.push(message)
        queueMicrotask(() => {
          listener(answer(message))
        })
      },
      receive: (next) => (listener = next),
      close: () => undefined,
    }
  }

  /** What the workers of the channels answer. */
  const results = (message: unknown): unknown =>
    Array.isArray(message) ? message.map((task) => resultOf(task as Task)) : resultOf(message as Task)

  it.each([1, 64])('sends tasks, %i in a message, over all channels', async (batch) => {
    const sent: [unknown[], unknown[]] = [[], []]
    const pool = channelPool(
      sent.map((messages) => channel(results, messages)),
      batch,
    )
    const ledger = new Ledger(assignment)
    await pool.flood(ledger, 100)
    expect(ledger.close('raw')).toBeGreaterThan(0)
    for (const messages of sent) expect(messages.length).toBeGreaterThan(1)
    expect(sent.flat(2)).toHaveLength(200)
    expect(sent.flat(2)).toContainEqual(tasks[0])
    if (batch > 1) expect(sent[0][0]).toHaveLength(batch)
  })

  it('refuses a channel that answers wrongly', async () => {
    const pool = channelPool([channel((message) => Number(results(message)) + 1)], 1)
    const ledger = new Ledger(assignment)
    await pool.flood(ledger, 10)
    expect(() => ledger.close('raw')).toThrow('the checksum is off by')
  })
})

describe('what is given to pools', () => {
  it('is about 100 bytes of JSON, each time another', () => {
    const texts = tasks.map((task) => JSON.stringify(task))
    for (const text of texts) expect(Math.abs(text.length - 100)).toBeLessThan(15)
    expect(new Set(texts).size).toBe(tasks.length)
  })

  it('is work whose result depends on all of it', () => {
    const job = jobOf(1)
    expect(job.turns).toBeGreaterThan(1000)
    expect(workOn(job)).toBe(workOn(job))
    expect(new Set([0, 1, 2].map((more) => workOn({ turns: job.turns + more }))).size).toBe(3)
    expect(jobOf(10).turns / job.turns).toBeCloseTo(10)
  })
})

describe('percentile', () => {
  it.each([
    [[5], 0.99, 5],
    [[3, 1, 2], 0.5, 2],
    [Array.from({ length: 200 }, (_, index) => 200 - index), 0.99, 198],
  ])('of %j, %d', (figures, share, expected) => {
    expect(percentile(Float64Array.from(figures), share)).toBe(expected)
  })

  it('of nothing is an error', () => {
    expect(() => percentile(new Float64Array(), 0.5)).toThrow('no figures')
  })
})
