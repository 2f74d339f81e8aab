import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import {
  defineEvent,
  payload,
  type DurationStats,
  type OutcomeCounts,
  type EmitMessage,
  type Handler,
  type HandleMessage,
} from '@eventlane/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  ChildWork,
  emitsChild,
  failsAtFirst,
  holds,
  Measured,
  MoreWork,
  notes,
  notesFirst,
  notesSecond,
  rejectsWithIt,
  stops,
  tellsMetadata,
  throwsIt,
  Work,
  type Job,
} from '../handlers.js'
import { randomNumbers } from '../random-numbers.js'
import { setStage, testWhere, thrownBy, valueOf } from '../stage.js'
import { until } from '../witness.js'

const SEEDS = [1, 2, 3]
const EMISSIONS = 40

/** What the channels said, in order, each message as it was at that moment. */
interface Heard {
  readonly emit: readonly (readonly [string, EmitMessage])[]
  readonly handle: readonly (readonly [string, HandleMessage])[]
}

/** Listens to the tracing channels until the test is over. */
function listen(): Heard {
  const heard = { emit: [] as [string, EmitMessage][], handle: [] as [string, HandleMessage][] }
  for (const operation of ['emit', 'handle'] as const) {
    const listenTo =
      (what: string) =>
      (message: object): unknown =>
        heard[operation].push([what, { ...message } as EmitMessage & HandleMessage])
    const subscribers = {
      start: listenTo('start'),
      end: listenTo('end'),
      asyncStart: listenTo('asyncStart'),
      asyncEnd: listenTo('asyncEnd'),
      error: listenTo('error'),
    }
    const channel = tracingChannel(`eventlane.${operation}`)
    channel.subscribe(subscribers)
    onTestFinished(() => {
      channel.unsubscribe(subscribers)
    })
  }
  return heard
}

function names(messages: readonly (readonly [string, unknown])[]): string[] {
  return messages.map(([name]) => name)
}

/** What statistics say of durations, to the width of a bucket. */
function expectDurations(stats: DurationStats, durations: readonly number[]): void {
  const sorted = durations.toSorted((a, b) => a - b)
  const rank = (percent: number): number => sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0
  expect(stats.count).toBe(sorted.length)
  expect(stats.max).toBe(sorted.at(-1))
  expect(stats.mean).toBeCloseTo(sorted.reduce((sum, each) => sum + each, 0) / sorted.length, 6)
  for (const percent of [50, 95, 99] as const) {
    const exact = rank(percent)
    expect(Math.abs(stats[`p${percent}`] - exact)).toBeLessThanOrEqual(Math.max(0.001, exact / 30))
  }
}

function sumOf(counts: readonly OutcomeCounts[]): OutcomeCounts {
  const sum = { total: 0, fulfilled: 0, rejected: 0, cancelled: 0, dropped: 0, handedOver: 0 }
  for (const each of counts)
    for (const key of Object.keys(sum) as (keyof OutcomeCounts)[]) sum[key] += each[key]
  return sum
}

/** Tracing channels and statistics. */
export function describeObserving(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  const { capabilities, mode } = factory()

  describe('tracing channels', () => {
    test('tell of an emission and its task: start and end, and when both have settled', async () => {
      const { events, linker, job } = setStage(factory)
      const heard = listen()
      linker.on(Work, notes)
      const emission = events.emit(Work, job('a'))
      expect(names(heard.emit)).toEqual(['start', 'end'])
      await emission
      expect(names(heard.emit)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
      expect(names(heard.handle)).toEqual(['start', 'asyncStart', 'asyncEnd'])
      const added = { addedMetadata: {}, scopes: [] }
      const of = { event: Work.name, emissionId: emission.id, parentId: undefined, mode, ...added }
      expect(heard.emit[0]?.[1]).toEqual(of)
      const { durationMs } = await emission.settled
      const counts = { total: 1, fulfilled: 1, rejected: 0, cancelled: 0, dropped: 0, handedOver: 0 }
      expect(heard.emit.at(-1)?.[1]).toEqual({ ...of, tasks: 1, counts, durationMs })
      const [outcome] = (await emission.settled).outcomes
      const { handler, address, waitMs, runMs } = outcome ?? {}
      const started = { ...of, handler, address, attempt: 1, hasBegun: true }
      expect(heard.handle[0]?.[1]).toEqual(started)
      expect(heard.handle.at(-1)?.[1]).toEqual({
        ...started,
        outcome: 'fulfilled',
        isRetried: false,
        waitMs,
        runMs,
      })
    })

    test('let those who are told of an emission add to the metadata that its handlers find', async () => {
      const { events, linker, job } = setStage(factory)
      const name = 'tracing:eventlane.emit:start'
      const add = (message: unknown): void => {
        Object.assign((message as EmitMessage).addedMetadata, { trace: 'a-1', stale: undefined })
      }
      subscribe(name, add)
      onTestFinished(() => {
        unsubscribe(name, add)
      })
      linker.on(Work, tellsMetadata)
      const metadata = { tenant: 7n, stale: true }
      const report = await events.emit(Work, job(), { metadata })
      expect(valueOf(report, tellsMetadata)).toEqual({ tenant: 7n, trace: 'a-1' })
    })

    test('tell of each attempt at a task, with its error', async () => {
      const { events, linker, job } = setStage(factory)
      const heard = listen()
      linker.on(Work, failsAtFirst, { retry: { attempts: 3, delayMs: 1 } })
      await events.emit(Work, job('', { failures: 1 }))
      expect(names(heard.handle)).toEqual([
        'start',
        'error',
        'asyncStart',
        'asyncEnd',
        'start',
        'asyncStart',
        'asyncEnd',
      ])
      const ends = heard.handle.filter(([name]) => name === 'asyncEnd').map(([, message]) => message)
      expect(ends).toMatchObject([
        { attempt: 1, outcome: 'rejected', error: { code: 'ERR_CODED' }, isRetried: true },
        { attempt: 2, outcome: 'fulfilled', isRetried: false },
      ])
    })

    testOfEmitting('tell what a handler emits, as a child of its emission', async () => {
      const { events, linker, job } = setStage(factory)
      const heard = listen()
      linker.on(Work, emitsChild)
      linker.on(ChildWork, notes)
      const { id } = events.emit(Work, job())
      await events.drain()
      const starts = heard.emit.filter(([name]) => name === 'start').map(([, message]) => message)
      expect(starts).toMatchObject([
        { event: Work.name, parentId: undefined },
        { event: ChildWork.name, parentId: id },
      ])
      const handled = heard.handle.filter(([name]) => name === 'asyncEnd').map(([, message]) => message)
      expect(handled.find(({ event }) => event === ChildWork.name)).toMatchObject({ parentId: id })
    })

    test('tell of a task that never starts, with the reason', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, holds)
      linker.on(MoreWork, notes)
      const holding = events.emit(Work, job('', { gate: 'held' }))
      await witness.heard('started')
      const heard = listen()
      const reason = new Error('not needed')
      events.emit(MoreWork, job()).cancel(reason)
      const handled = heard.handle.filter(([, { event }]) => event === MoreWork.name)
      expect(names(handled).slice(-2)).toEqual(['asyncStart', 'asyncEnd'])
      expect(handled.at(-1)?.[1]).toMatchObject({ outcome: 'cancelled', reason, runMs: 0 })
      witness.open('held')
      await holding
      // It was emitted before anybody listened.
      expect(heard.handle.some(([, { event }]) => event === Work.name)).toBe(false)
    })

    test('tell of an emit that throws', () => {
      const { events, linker } = setStage(factory)
      const heard = listen()
      linker.on(Work, notes)
      const thrown = thrownBy(() => events.emit(Measured, 5 as unknown as string))
      expect(names(heard.emit)).toEqual(['start', 'error', 'end'])
      expect(heard.emit.at(-1)?.[1]).toMatchObject({ event: Measured.name, error: thrown })
      expect(heard.handle).toEqual([])
    })
  })

  describe('stats()', () => {
    test('says for each handler how its tasks ended, and how long they waited and ran', async () => {
      const { events, linker, job } = setStage(factory, {}, { stats: true, onFailure: () => undefined })
      linker.on(Work, notes)
      linker.on(Work, throwsIt)
      const reports = await Promise.all(
        Array.from({ length: 20 }, (_, index) => events.emit(Work, job(String(index))).settled),
      )
      const { handlers: measured, ...totals } = events.stats()
      // In link order; with several workers, any of them may end first.
      const handlers = (reports[0]?.outcomes ?? []).flatMap(
        ({ handler }) => measured.find((one) => one.handler === handler) ?? [],
      )
      expect(totals).toMatchObject({ queued: 0, running: 0, counts: await events.drain() })
      expect(handlers.map(({ counts }) => counts)).toMatchObject([
        { total: 20, fulfilled: 20 },
        { total: 20, rejected: 20 },
      ])
      for (const [index, { handler, waitMs, runMs }] of handlers.entries()) {
        const outcomes = reports.flatMap(({ outcomes }) => outcomes[index] ?? [])
        expect(outcomes.every((outcome) => outcome.handler === handler)).toBe(true)
        expectDurations(
          waitMs,
          outcomes.map((outcome) => outcome.waitMs),
        )
        expectDurations(
          runMs,
          outcomes.map((outcome) => outcome.runMs),
        )
      }
    })

    test('counts what waits and what runs', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, holds)
      events.emit(Work, job('a'))
      await witness.heard('started')
      expect(events.stats()).toMatchObject({ queued: 0, running: 1, counts: { total: 1, fulfilled: 0 } })
      witness.open()
      await events.drain()
      expect(events.stats()).toMatchObject({ queued: 0, running: 0, counts: { total: 1, fulfilled: 1 } })
    })

    test('of the executor counts each attempt, the bytes of payloads that travel as text, and the time of its workers', async () => {
      const { events, executor, linker, job } = setStage(factory, { workers: 1, concurrency: 1 })
      expect(executor.stats()).toMatchObject({
        counts: { total: 0 },
        busyMs: 0,
        bytesSent: 0,
        workersStarted: 0,
      })
      linker.on(Work, failsAtFirst, { retry: { attempts: 3, delayMs: 1 } })
      await events.emit(Work, job('\u{1F600}'.repeat(1000), { failures: 2 }))
      const stats = executor.stats()
      expect(stats.counts).toEqual({
        total: 3,
        fulfilled: 1,
        rejected: 2,
        cancelled: 0,
        dropped: 0,
        handedOver: 0,
      })
      expect(stats.busyMs).toBeGreaterThan(0)
      if (capabilities.isolated) {
        expect(stats).toMatchObject({ workersStarted: 1, bytesReceived: Buffer.byteLength('{"json":3}') })
        expect(stats.bytesSent).toBeGreaterThan(3 * 4000)
        expect(stats.workerMs).toBeGreaterThan(stats.busyMs)
        expect(stats.utilisation).toBeCloseTo(stats.busyMs / stats.workerMs, 10)
      } else {
        expect(stats).toMatchObject({
          workersStarted: 0,
          workerMs: 0,
          utilisation: 0,
          bytesSent: 0,
          bytesReceived: 0,
        })
      }
    })

    for (const seed of SEEDS) {
      test(`adds up with drain's counts, and with the channels, whatever happens (seed ${String(seed)})`, async () => {
        const random = randomNumbers(seed)
        const { events, executor, linker, job } = setStage(
          factory,
          {
            workers: 1 + random(2),
            concurrency: 1 + random(3),
            killGraceMs: 20,
            maxQueue: 12,
            overflow: 'drop-newest',
          },
          { stats: true, onFailure: () => undefined },
        )
        const heard = listen()
        const handlers: Handler<Job>[] = [notes, notesFirst, notesSecond, throwsIt, rejectsWithIt, stops]
        const mixes = Array.from({ length: 4 }, (_, index) => {
          const event = defineEvent(`conformance.observed-${String(index)}`, payload<Job>())
          for (const handler of new Set([handlers[random(6)], handlers[random(6)]]))
            if (handler) linker.on(event, handler, { timeoutMs: handler === stops ? 20 : 30_000 })
          return event
        })
        for (let index = 0; index < EMISSIONS; index += 1) {
          const emission = events.emit(mixes[random(4)] ?? Work, job(String(index)))
          if (random(5) === 0) emission.cancel()
          if (random(4) === 0) await emission.settled
        }
        const counts = await events.drain()
        const stats = events.stats()
        expect(stats.counts).toEqual(counts)
        expect(sumOf(stats.handlers.map((handler) => handler.counts))).toEqual(counts)
        await until(() => executor.stats().running === 0, 'all handlers have returned')
        // What never found room was cancelled or dropped without the executor's having had it.
        expect(executor.stats().counts).toMatchObject({
          fulfilled: counts.fulfilled,
          rejected: counts.rejected,
        })
        expect(executor.stats().counts.dropped).toBe(counts.dropped)
        const ended = heard.handle.filter(([name]) => name === 'asyncEnd').map(([, { outcome }]) => outcome)
        expect(ended).toHaveLength(counts.total)
        for (const status of ['fulfilled', 'rejected', 'cancelled', 'dropped'] as const)
          expect(ended.filter((outcome) => outcome === status)).toHaveLength(counts[status])
        const told = heard.emit.flatMap(([name, message]) =>
          name === 'asyncEnd' && message.counts ? [message.counts] : [],
        )
        expect(told).toHaveLength(EMISSIONS)
        expect(sumOf(told)).toEqual(counts)
      })
    }
  })
}
