import { tracingChannel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import {
  defineEvent,
  EventEmitter,
  EventLinker,
  InlineExecutor,
  InvalidOptionError,
  observe,
  ThreadExecutor,
  type AnyHandler,
  type Executor,
  type Handler,
  type HandlerReport,
  type ObserveOptions,
  type Observation,
  type PlacementWarning,
} from '../src/index.js'
import {
  Bulky,
  Called,
  calls,
  Child,
  compute,
  computes,
  computesForItsParent,
  computesInMicrotasks,
  computesInParts,
  computesLater,
  Due,
  hasAChild,
  reads,
  tiny,
  waits,
  type Errand,
} from './support/placed-handlers.js'

const RUNS = 5

/** So many turns, each of which takes four cycles at least, take longer than `LEAST_MS` on any machine. */
const turns = 60_000_000
const LEAST_MS = 20

interface Scene extends AsyncDisposable {
  readonly events: EventEmitter
  readonly linker: EventLinker
  readonly observation: Observation
  readonly warnings: PlacementWarning[]
  /** Emits some errands one after the other. */
  readonly run: (errand?: Partial<Errand>, runs?: number) => Promise<void>
  readonly of: (handler: AnyHandler) => HandlerReport
}

function scene(
  handlers: readonly Handler<Errand>[],
  { executor = new InlineExecutor(), ...options }: ObserveOptions & { executor?: Executor } = {},
): Scene {
  const linker = new EventLinker()
  for (const handler of handlers) linker.on(Due, handler)
  const events = new EventEmitter({ executor, linker })
  const warnings: PlacementWarning[] = []
  const observation = observe(events, {
    maxBlockedMs: LEAST_MS / 3,
    minRuns: RUNS,
    onWarning: (warning) => warnings.push(warning),
    ...options,
  })
  return {
    events,
    linker,
    observation,
    warnings,
    run: async (errand = {}, runs = RUNS) => {
      for (let run = 0; run < runs; run += 1) await events.emit(Due, { turns, ...errand })
    },
    of: (handler) => {
      const report = observation.report().find(({ address }) => address?.name === handler.name)
      if (report === undefined) throw new Error(`nothing is reported of ${handler.name}`)
      return report
    },
    [Symbol.asyncDispose]: async () => {
      observation.stop()
      await events.shutdown()
    },
  }
}

describe('a handler that blocks the event loop', { timeout: 60_000 }, () => {
  it('is warned of once, in a sentence that says what to do, and only it', async () => {
    await using test = scene([computes, waits, tiny])
    await test.run({ waitMs: 1 }, 2 * RUNS)
    expect(test.warnings.map(({ code, handler, message }) => [code, handler, message])).toEqual([
      [
        'ERR_LOOP_BLOCKED',
        expect.stringMatching(/^computes \(file:/),
        expect.stringMatching(
          /^computes blocked the event loop for \d+ ms on average: link it to a thread executor$/,
        ),
      ],
    ])
    expect(test.of(computes)).toMatchObject({
      mode: 'main-event-loop-async',
      runs: 2 * RUNS,
      profile: { work: 'cpu', obstacle: 'none', mode: 'main-event-loop-async' },
      recommendation: { mode: 'separate-thread', unit: 'handler' },
    })
    expect(test.of(waits).recommendation.mode).toBe('main-event-loop-async')
  })

  it('is not one that is called often and does next to nothing', async () => {
    await using test = scene([tiny])
    await test.run({ turns: 1 }, 5000)
    expect(test.warnings).toEqual([])
    expect(test.of(tiny)).toMatchObject({
      runs: 5000,
      profile: { work: 'cpu' },
      recommendation: { mode: 'main-event-loop-async' },
    })
  })

  it('is not one that took long once', async () => {
    await using test = scene([computes], { minRuns: 2000 })
    await test.run({}, 1)
    await test.run({ turns: 1 }, 2000)
    const { runMs, transferShare, longestBlockedMs, recommendation } = test.of(computes)
    expect(runMs).toBeGreaterThan(LEAST_MS / 2001)
    expect(transferShare).toBeGreaterThan(1 / 2)
    expect(longestBlockedMs).toBeGreaterThan(LEAST_MS)
    expect(recommendation.mode).toBe('main-event-loop-async')
    expect(test.warnings).toEqual([])
  })

  it('is found where it computes with what somebody else has made', async () => {
    await using test = scene([])
    let make: (count: number) => void = () => undefined
    const made = new Promise<number>((resolve) => (make = resolve))
    test.linker.on(Due, async () => void compute(await made), { local: true })
    const emissions = Array.from({ length: RUNS }, () => test.events.emit(Due, { turns }))
    setImmediate(make, turns)
    await Promise.all(emissions)
    expect(test.observation.report()[0]?.blockedMs).toBeGreaterThan(LEAST_MS)
    expect(test.warnings).toHaveLength(1)
  })

  it('is found where it computes after an await, too', async () => {
    await using test = scene([computesLater])
    await test.run()
    const { blockedMs = 0, loopMs = 0, runMs, profile, recommendation } = test.of(computesLater)
    expect(blockedMs).toBeGreaterThan(LEAST_MS)
    expect(blockedMs).toBeLessThanOrEqual(loopMs)
    expect(loopMs).toBeLessThan(runMs / 2)
    expect(profile.work).toBe('mixed')
    expect(recommendation.mode).toBe('separate-thread-async')
    expect(test.warnings).toHaveLength(1)
  })

  it('is not mistaken for one that waits meanwhile', async () => {
    await using test = scene([waits, computes])
    await test.run({ waitMs: 1 })
    const { blockedMs = 0 } = test.of(computes)
    expect(blockedMs).toBeGreaterThan(LEAST_MS)
    expect(test.of(waits).runMs).toBeGreaterThan(LEAST_MS)
    expect(test.of(waits).blockedMs).toBeLessThan(blockedMs / 4)
    expect(test.of(waits).profile.work).toBe('io')
  })

  it('is not one that computes as much, and lets others in between', async () => {
    await using test = scene([computesInParts])
    await test.run()
    const { blockedMs = 0, longestBlockedMs = 0, loopMs = 0 } = test.of(computesInParts)
    expect(loopMs).toBeGreaterThan(LEAST_MS)
    // One of forty parts, unless the machine was busy with something else in the middle of it.
    expect(blockedMs).toBeLessThan(loopMs * 0.9)
    expect(longestBlockedMs).toBeGreaterThanOrEqual(blockedMs)
  })

  it('is one that only ever awaits what is there already', async () => {
    await using test = scene([computesInMicrotasks])
    await test.run()
    const { blockedMs = 0, loopMs = 0 } = test.of(computesInMicrotasks)
    expect(blockedMs).toBeGreaterThan(LEAST_MS)
    expect(blockedMs).toBeGreaterThan(loopMs * 0.9)
    expect(test.warnings).toHaveLength(1)
  })

  it('is the one that computes, not the one that emits what it computes for', async () => {
    await using test = scene([hasAChild])
    test.linker.on(Child, computesForItsParent)
    await test.run()
    await test.events.drain()
    const { blockedMs = 0 } = test.of(computesForItsParent)
    expect(blockedMs).toBeGreaterThan(LEAST_MS)
    expect(test.of(hasAChild).blockedMs).toBeLessThan(blockedMs / 4)
  })

  it('is warned of by the process where nobody else takes it, with where and remedy', async () => {
    await using test = scene([computes], { onWarning: undefined as never })
    const warned = once(process, 'warning') as Promise<[Error & { code: string }]>
    await test.run()
    const [{ name, code, message }] = await warned
    expect([name, code]).toEqual(['EventlaneWarning', 'ERR_LOOP_BLOCKED'])
    expect(message).toMatch(
      /^computes blocked .*\n {2}where: handler computes \(file:.*\), in the mode main-event-loop-async, after 5 runs\n {2}remedy: it belongs in the mode separate-thread: /,
    )
  })

  it('is a closure that has to become a function of a module first', async () => {
    await using test = scene([])
    test.linker.on(Due, (errand) => void compute(errand.turns), { local: true })
    test.linker.on(
      Due,
      function counts(errand) {
        compute(errand.turns)
      },
      { local: true },
    )
    await test.run()
    expect(test.warnings.map(({ message }) => message).at(-1)).toMatch(
      /^counts blocked the event loop for \d+ ms on average: make it a function of a module with defineHandler, and link it to a thread executor$/,
    )
    expect(test.warnings.at(-1)?.report.recommendation.warnings).toEqual([
      expect.stringMatching(/^separate-thread cannot work: no other realm can find a closure/),
      expect.stringMatching(/^main-event-loop-async hurts: it blocks/),
    ])
  })

  it('stays where it is', async () => {
    await using test = scene([computes])
    const modes: string[] = []
    test.linker.on(Due, (_, { mode }) => void modes.push(mode), { local: true })
    await test.run({}, RUNS + 2)
    expect(test.warnings).toHaveLength(1)
    expect(test.of(computes).mode).toBe('main-event-loop-async')
    expect(test.observation.report().map(({ mode }) => mode)).toEqual(
      Array.from({ length: 2 }, () => 'main-event-loop-async'),
    )
    expect(new Set(modes)).toEqual(new Set(['main-event-loop-async']))
  })
})

describe('a handler in a worker', { timeout: 60_000 }, () => {
  it('is measured, and may compute: the main event loop goes on', async () => {
    await using test = scene([computes], { executor: new ThreadExecutor({ workers: 1 }) })
    await test.run()
    const report = test.of(computes)
    expect(report).toMatchObject({
      mode: 'separate-thread',
      runs: RUNS,
      blockedMs: undefined,
      loopMs: undefined,
      profile: { work: 'unknown' },
      recommendation: { mode: 'separate-thread' },
    })
    expect(report.runMs).toBeGreaterThan(LEAST_MS)
    expect(report.transferShare).toBeLessThan(1 / 2)
    expect(test.warnings).toEqual([])
  })

  it('is warned of where the way there takes longer than the work, once', async () => {
    await using test = scene([tiny], { executor: new ThreadExecutor({ workers: 1 }) })
    await test.run({ turns: 1 }, 128 * RUNS)
    expect(test.warnings.map(({ code, message }) => [code, message])).toEqual([
      [
        'ERR_TRANSFER_DOMINANT',
        expect.stringMatching(
          /^tiny spent \d+ % of its time on the way to its worker and back: link it to an inline executor$/,
        ),
      ],
    ])
    expect(test.of(tiny).recommendation.mode).toBe('main-event-loop-async')
  })
})

describe('what is measured besides', () => {
  it('is the size of payloads as they are encoded, on any executor', async () => {
    await using test = scene([])
    test.linker.on(Bulky, reads)
    for (let run = 0; run < RUNS; run += 1) await test.events.emit(Bulky, { text: 'x'.repeat(10_000) })
    const { payloadBytes = 0, transferMs } = test.of(reads)
    expect(payloadBytes).toBeGreaterThan(10_000)
    expect(payloadBytes).toBeLessThan(10_200)
    expect(transferMs).toBeGreaterThan(0)
  })

  it('is whether payloads that go by reference could go elsewhere', async () => {
    await using test = scene([], { executor: new InlineExecutor({ portable: false }) })
    test.linker.on(Called, calls)
    await test.events.emit(Called, () => undefined)
    expect(test.of(calls)).toMatchObject({
      payloadBytes: undefined,
      runs: 1,
      profile: { obstacle: 'payload' },
    })
  })

  it('is how many were there at once', async () => {
    await using test = scene([waits])
    await Promise.all(Array.from({ length: 100 }, () => test.events.emit(Due, { turns: 0, waitMs: 50 })))
    expect(test.of(waits).atOnce).toBeGreaterThan(20)
    await using quiet = scene([waits])
    await quiet.run({ waitMs: 5 })
    expect(quiet.of(waits).atOnce).toBe(1)
  })

  it('is each mode of a handler for itself, and each attempt as a run', async () => {
    const Flaky = defineEvent('observe.flaky')
    await using test = scene([])
    let attempts = 0
    const flaky = () => {
      attempts += 1
      if (attempts === 1) throw new Error('not yet')
    }
    test.linker.on(Flaky, flaky, { local: true, retry: { attempts: 2, delayMs: 1 } })
    await test.events.emit(Flaky)
    expect(test.observation.report()).toMatchObject([{ runs: 2 }])
  })

  it('is nothing of other emitters, and nothing of emissions that were refused', async () => {
    await using test = scene([tiny])
    await using other = new EventEmitter({ executor: new InlineExecutor(), linker: test.linker.fork() })
    await other.emit(Due, { turns: 1 })
    expect(() => test.events.emit(Due, { turns: (() => 1) as never })).toThrow(/not portable/)
    expect(test.observation.report()).toEqual([])
  })
})

describe('an observation that has ended', () => {
  const channels = [tracingChannel('eventlane.emit'), tracingChannel('eventlane.handle')]
  const areWatched = () =>
    channels
      .flatMap((channel) => [channel.start, channel.error, channel.asyncEnd])
      .some((one) => one.hasSubscribers)

  it('measures no more, keeps its report, and leaves nothing behind', async () => {
    const test = scene([tiny])
    expect(areWatched()).toBe(true)
    await test.run({ turns: 1 })
    const [before] = test.observation.report()
    test.observation[Symbol.dispose]()
    test.observation.stop()
    expect(areWatched()).toBe(false)
    await test.run({ turns: 1 })
    expect(test.observation.report()).toMatchObject([{ runs: before!.runs, runMs: before!.runMs }])
    await test.events.shutdown()
  })

  it('does not end another', async () => {
    await using test = scene([tiny])
    const other = observe(test.events)
    test.observation.stop()
    await test.run({ turns: 1 })
    expect(other.report()).toMatchObject([{ runs: RUNS }])
    other.stop()
  })
})

it.each([
  [{ maxBlockedMs: 0 }, /option maxBlockedMs/],
  [{ minRuns: 1.5 }, /option minRuns/],
  [{ onWarning: true }, /option onWarning/],
  [{ moves: true }, /unknown option "moves"/],
])('observe refuses the options %j', (options, message) => {
  const events = new EventEmitter({ executor: new InlineExecutor(), linker: new EventLinker() })
  expect(() => observe(events, options as unknown as ObserveOptions)).toThrow(InvalidOptionError)
  expect(() => observe(events, options as unknown as ObserveOptions)).toThrow(message)
})
