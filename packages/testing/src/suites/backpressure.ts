import { QueueFullError, TaskDroppedError, type EmissionError, type Overflow } from '@eventlane/core'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory, ExecutorFactoryOptions } from '../executor-factory.js'
import {
  ChildWork,
  emitsChildren,
  failsAtFirst,
  holds,
  MoreWork,
  notes,
  notesFirst,
  notesSecond,
  notesThird,
  takesTurns,
  Work,
} from '../handlers.js'
import { randomNumbers } from '../random-numbers.js'
import { setStage, statuses, thrownBy, valueOf, warningsOf } from '../stage.js'
import { until } from '../witness.js'

/** Longer than any test. */
const FOREVER = 600_000

/** What becomes of emissions for which there is no room. */
export function describeBackpressure(factory: ExecutorFactory): void {
  const { backpressure, isolated, killsRunning } = factory().capabilities

  if (!backpressure) {
    test('emissions are always admitted at once, where the executor has no limit', async () => {
      const { events, linker, job } = setStage(factory, { maxQueue: 1 })
      linker.on(Work, notes)
      await Promise.all(Array.from({ length: 20 }, () => events.emit(Work, job()).admitted))
      expect(await events.drain()).toMatchObject({ total: 20, fulfilled: 20 })
    })
    return
  }

  /** An executor with one slot, in which a handler runs until the gate `held` opens. */
  async function busyStage(options: ExecutorFactoryOptions) {
    const stage = setStage(factory, { workers: 1, concurrency: 1, ...options })
    const { events, linker, witness, job } = stage
    const link = linker.on(Work, holds)
    events.emit(Work, job('held', { gate: 'held' }))
    await witness.heard('started')
    link.unlink()
    return stage
  }

  describe('every emission', () => {
    test('is admitted at once where there is room', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, notes)
      await events.emit(Work, job()).admitted
      await events.emit(MoreWork, job()).admitted
      expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
    })
  })

  describe("overflow: 'reject'", () => {
    test('makes emit throw when the queue is full, and nothing has happened', async () => {
      const { events, executor, linker, witness, job } = await busyStage({ maxQueue: 2 })
      linker.on(MoreWork, notes)
      events.emit(MoreWork, job('a'))
      events.emit(MoreWork, job('b'))
      linker.once(MoreWork, notesFirst)
      const error = thrownBy(() => events.emit(MoreWork, job('c')))
      expect(error).toBeInstanceOf(QueueFullError)
      expect(error).toMatchObject({ code: 'ERR_QUEUE_FULL', queued: 2, maxQueue: 2 })
      expect((error as Error).message).toMatch(/2 of 2.*conformance\.more-work.*maxQueue/s)
      expect(executor.stats()).toMatchObject({ queued: 2, running: 1 })
      witness.open()
      expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 3 })
      expect(witness.labels('ran')).toEqual(['a', 'b'])
      // The once link has not been used up.
      expect(statuses(await events.emit(MoreWork, job('d')))).toEqual(['fulfilled', 'fulfilled'])
      expect(witness.labels('first')).toEqual(['d'])
    })

    test('reserves room for all tasks of an emission in one step', async () => {
      const { events, linker, witness, job } = await busyStage({ maxQueue: 4 })
      let local = 0
      for (const handler of [notesFirst, notesSecond, notesThird]) linker.on(MoreWork, handler)
      linker.on(ChildWork, notes)
      if (isolated) linker.on(MoreWork, () => (local += 1), { local: true })
      events.emit(ChildWork, job())
      events.emit(ChildWork, job())
      expect(() => events.emit(MoreWork, job())).toThrow(QueueFullError)
      witness.open()
      expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 3 })
      expect(witness.testimonies.filter(({ what }) => ['first', 'second', 'third'].includes(what))).toEqual(
        [],
      )
      expect(local).toBe(0)
    })

    test('counts tasks that wait for their order', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 4, maxQueue: 2 })
      linker.on(Work, holds, { order: 'serial' })
      events.emit(Work, job('a'))
      await witness.heard('started')
      events.emit(Work, job('b'))
      events.emit(Work, job('c'))
      expect(() => events.emit(Work, job('d'))).toThrow(QueueFullError)
      witness.open()
      expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 3 })
    })

    test('counts tasks that wait for their next attempt, which are let in again', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { maxQueue: 2, workers: 1 })
      linker.on(Work, failsAtFirst, { retry: { attempts: 2, delayMs: 300, jitter: 0 } })
      linker.on(MoreWork, notes)
      const emissions = ['a', 'b'].map((label) => events.emit(Work, job(label, { failures: 1 })))
      await witness.heard('attempt 1', 2)
      await until(
        () =>
          emissions.every(({ tasks }) => tasks[0]?.status === 'pending') && executor.stats().running === 0,
        'both have failed once',
      )
      expect(executor.stats()).toMatchObject({ queued: 2 })
      expect(() => events.emit(MoreWork, job())).toThrow(QueueFullError)
      expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 2 })
      expect(statuses(await events.emit(MoreWork, job()))).toEqual(['fulfilled'])
    })

    test('counts tasks that were handed to a worker ahead of time', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, {
        workers: 1,
        concurrency: 1,
        maxQueue: 4,
      })
      linker.on(Work, holds)
      linker.on(MoreWork, notes)
      witness.open('quick')
      // Handlers that are known to be quick go to a worker before it is free.
      for (let round = 0; round < 20; round += 1) {
        await events.emit(Work, job('', { gate: 'quick' }))
        await events.emit(MoreWork, job())
      }
      events.emit(Work, job('held', { gate: 'held' }))
      await until(() => witness.labels('started').at(-1) === 'held', 'the slot is taken')
      for (const label of ['a', 'b', 'c', 'd']) events.emit(MoreWork, job(label))
      expect(executor.stats()).toMatchObject({ queued: 4, running: 1 })
      expect(() => events.emit(MoreWork, job('e'))).toThrow(QueueFullError)
      witness.open('held')
      expect(await events.drain()).toMatchObject({ total: 45, fulfilled: 45 })
    })

    test('has room again where waiting tasks are cancelled', async () => {
      const { events, linker, witness, job } = await busyStage({ maxQueue: 1 })
      linker.on(MoreWork, notes)
      const emission = events.emit(MoreWork, job('a'))
      expect(() => events.emit(MoreWork, job('b'))).toThrow(QueueFullError)
      emission.cancel()
      events.emit(MoreWork, job('c'))
      witness.open()
      expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 2, cancelled: 1 })
      expect(witness.labels('ran')).toEqual(['c'])
    })

    test('says so where an emission has more tasks than could ever wait', async () => {
      const { events, linker, job } = setStage(factory, { maxQueue: 2 })
      for (const handler of [notesFirst, notesSecond, notesThird]) linker.on(Work, handler)
      const error = thrownBy(() => events.emit(Work, job()))
      expect(error).toBeInstanceOf(QueueFullError)
      expect((error as Error).message).toMatch(/3 tasks, more than the 2/)
      expect(await events.drain()).toMatchObject({ total: 0 })
    })

    test('rejects context.emit in any realm', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1, maxQueue: 3 })
      linker.on(Work, emitsChildren)
      linker.on(ChildWork, notes)
      const report = await events.emit(Work, job('a', { value: 10 }))
      expect(valueOf(report, emitsChildren)).toEqual({ count: 3, code: 'ERR_QUEUE_FULL' })
      expect(await events.drain()).toMatchObject({ total: 4, fulfilled: 4 })
      expect(witness.labels('ran')).toEqual(['a.0', 'a.1', 'a.2'])
    })
  })

  describe("overflow: 'wait'", () => {
    test('admits emissions one after the other, in emit order, when there is room', async () => {
      const { events, executor, linker, witness, job } = await busyStage({ maxQueue: 1, overflow: 'wait' })
      linker.on(MoreWork, holds)
      const admitted: string[] = []
      for (const label of ['a', 'b', 'c', 'd']) {
        const emission = events.emit(MoreWork, job(label, { gate: label }))
        void emission.admitted.then(() => admitted.push(label))
      }
      await until(() => admitted.length === 1, 'the first is admitted')
      expect(executor.stats()).toMatchObject({ queued: 4, running: 1 })
      witness.open('held')
      for (const [index, label] of ['a', 'b', 'c', 'd'].entries()) {
        await witness.heard('started', index + 2)
        await until(() => admitted.length === Math.min(index + 2, 4), 'the next one is admitted')
        expect(witness.labels('started')).toHaveLength(index + 2)
        witness.open(label)
      }
      expect(await events.drain()).toMatchObject({ total: 5, fulfilled: 5 })
      expect(witness.labels('started')).toEqual(['held', 'a', 'b', 'c', 'd'])
      expect(admitted).toEqual(['a', 'b', 'c', 'd'])
    })

    test('does not let small emissions overtake a large one', async () => {
      const { events, linker, witness, job } = await busyStage({ maxQueue: 2, overflow: 'wait' })
      linker.on(MoreWork, notesFirst)
      linker.on(MoreWork, notesSecond)
      linker.on(ChildWork, notes)
      events.emit(ChildWork, job('before'))
      events.emit(MoreWork, job('large'))
      events.emit(ChildWork, job('after'))
      witness.open()
      await events.drain()
      const labels = witness.testimonies.flatMap(({ what, label }) =>
        what === 'started' || what === 'ended' ? [] : [label],
      )
      expect(labels).toEqual(['before', 'large', 'large', 'after'])
    })

    test('admits an emission of more tasks than may wait, when nothing else does', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1, maxQueue: 1, overflow: 'wait' })
      for (const handler of [notesFirst, notesSecond, notesThird]) linker.on(Work, handler)
      linker.on(MoreWork, notes)
      for (let round = 0; round < 5; round += 1) {
        events.emit(MoreWork, job())
        await events.emit(Work, job()).admitted
      }
      expect(await events.drain()).toMatchObject({ total: 20, fulfilled: 20 })
    })

    test('lets emissions be cancelled while they wait; the next ones take their place', async () => {
      const { events, executor, linker, witness, job } = await busyStage({ maxQueue: 1, overflow: 'wait' })
      linker.on(MoreWork, notes)
      events.emit(MoreWork, job('a'))
      const cancelled = ['b', 'c'].map((label) => events.emit(MoreWork, job(label)))
      const last = events.emit(MoreWork, job('d'))
      for (const emission of cancelled) emission.cancel()
      await Promise.all(cancelled.map(({ admitted }) => admitted))
      expect(executor.stats()).toMatchObject({ queued: 2 })
      witness.open()
      await last.admitted
      expect(await events.drain()).toMatchObject({ total: 5, fulfilled: 3, cancelled: 2 })
      expect(witness.labels('ran')).toEqual(['a', 'd'])
    })

    test('keeps a producer that awaits admitted from running ahead', async () => {
      const { events, executor, linker, job } = setStage(factory, {
        workers: 2,
        concurrency: 2,
        maxQueue: 10,
        overflow: 'wait',
      })
      linker.on(Work, takesTurns)
      let most = 0
      for (let index = 0; index < 400; index += 1) {
        await events.emit(Work, job('', { turns: index % 3 })).admitted
        most = Math.max(most, executor.stats().queued)
      }
      expect(most).toBeLessThanOrEqual(10)
      expect(await events.drain()).toMatchObject({ total: 400, fulfilled: 400 })
    })

    test('makes drain and shutdown wait for emissions that are not admitted yet', async () => {
      const { events, linker, witness, job } = await busyStage({ maxQueue: 1, overflow: 'wait' })
      linker.on(MoreWork, notes)
      for (const label of ['a', 'b', 'c']) events.emit(MoreWork, job(label))
      const ended = events.shutdown()
      witness.open()
      expect(await ended).toMatchObject({ total: 4, fulfilled: 4 })
      expect(witness.labels('ran')).toEqual(['a', 'b', 'c'])
    })

    test('cancels them with cancelPending, and when the executor is terminated', async () => {
      const { events, linker, witness, job } = await busyStage({ maxQueue: 1, overflow: 'wait' })
      linker.on(MoreWork, notes)
      const emissions = ['a', 'b', 'c'].map((label) => events.emit(MoreWork, job(label)))
      const ended = events.shutdown({ cancelPending: true })
      await Promise.all(emissions.map(({ admitted }) => admitted))
      witness.open()
      expect(await ended).toMatchObject({ total: 4, fulfilled: 1, cancelled: 3 })

      const other = await busyStage({ maxQueue: 1, overflow: 'wait', killGraceMs: 10 })
      other.linker.on(MoreWork, notes)
      const waiting = ['a', 'b'].map((label) => other.events.emit(MoreWork, other.job(label)))
      await other.executor.terminate()
      await Promise.all(waiting.map(({ admitted }) => admitted))
      expect(await other.events.drain()).toMatchObject({ total: 3, cancelled: 3 })
      other.witness.open()
    })

    test('keeps the AsyncLocalStorage of the emit', async () => {
      const { events, linker, witness, job } = await busyStage({ maxQueue: 1, overflow: 'wait' })
      const storage = new AsyncLocalStorage<string>()
      const seen: unknown[] = []
      linker.on(MoreWork, () => seen.push(storage.getStore()), { local: true })
      for (const store of ['a', 'b', 'c']) storage.run(store, () => events.emit(MoreWork, job()))
      witness.open()
      await events.drain()
      expect(seen).toEqual(['a', 'b', 'c'])
    })

    describe('in handlers, resolves context.emit when there is room', () => {
      for (const [name, options] of Object.entries({
        'in the only slot': { workers: 1, concurrency: 1, maxQueue: 1 },
        'in every slot': { workers: 2, concurrency: 2, maxQueue: 2 },
      })) {
        test(`and handlers that emit ${name} do not block each other for ever`, async () => {
          const { events, linker, witness, job } = setStage(factory, { ...options, overflow: 'wait' })
          linker.on(Work, emitsChildren)
          linker.on(ChildWork, notes)
          const emissions = ['a', 'b', 'c', 'd', 'e'].map((label) =>
            events.emit(Work, job(label, { value: 6 })),
          )
          for (const emission of emissions) {
            expect(valueOf(await emission, emitsChildren)).toEqual({ count: 6 })
          }
          expect(await events.drain()).toMatchObject({ total: 35, fulfilled: 35 })
          expect(witness.labels('ran')).toHaveLength(30)
        })
      }

      test('also where all that waits is held back by the order of the one that emits', async () => {
        const { events, linker, witness, job } = setStage(factory, {
          workers: 2,
          concurrency: 2,
          maxQueue: 2,
          overflow: 'wait',
        })
        linker.on(Work, emitsChildren, { order: 'serial' })
        linker.on(ChildWork, notes)
        for (const label of ['a', 'b', 'c', 'd']) events.emit(Work, job(label, { value: 3 }))
        expect(await events.drain()).toMatchObject({ total: 16, fulfilled: 16 })
        expect(witness.labels('ran')).toHaveLength(12)
      })
    })
  })

  describe("overflow: 'drop-newest'", () => {
    test('drops the emission that finds no room, whole, and says so', async () => {
      const { events, linker, witness, job } = await busyStage({ maxQueue: 3, overflow: 'drop-newest' })
      const failures: unknown[] = []
      linker.on(MoreWork, notesFirst, { onFailure: (error) => failures.push(error) })
      linker.on(MoreWork, notesSecond, { onFailure: (error) => failures.push(error) })
      const kept = events.emit(MoreWork, job('kept'))
      const dropped = events.emit(MoreWork, job('dropped'))
      expect(dropped.status).toBe('running')
      await dropped.admitted
      const report = await dropped.settled
      expect(statuses(report)).toEqual(['dropped', 'dropped'])
      expect(report).toMatchObject({ total: 2, dropped: 2, rejected: 0, cancelled: 0 })
      expect(failures).toEqual([expect.any(TaskDroppedError), expect.any(TaskDroppedError)])
      const error = await dropped.then(
        () => expect.unreachable(),
        (thrown: unknown) => thrown as EmissionError,
      )
      expect(error.errors).toEqual([expect.any(TaskDroppedError), expect.any(TaskDroppedError)])
      expect(error.message).toMatch(/notesFirst.*maxQueue/s)
      witness.open()
      expect(statuses(await kept)).toEqual(['fulfilled', 'fulfilled'])
      expect(await events.drain()).toEqual({
        total: 5,
        fulfilled: 3,
        rejected: 0,
        cancelled: 0,
        dropped: 2,
        handedOver: 0,
      })
      expect(witness.labels('first')).toEqual(['kept'])
    })
  })

  describe("overflow: 'drop-oldest'", () => {
    test('drops the oldest tasks that wait', async () => {
      const { events, linker, witness, job } = await busyStage({ maxQueue: 2, overflow: 'drop-oldest' })
      linker.on(MoreWork, notes, { onFailure: () => undefined })
      const emissions = ['a', 'b', 'c', 'd'].map((label) => events.emit(MoreWork, job(label)))
      witness.open()
      const reports = await Promise.all(emissions.map(({ settled }) => settled))
      expect(reports.map((report) => statuses(report)[0])).toEqual([
        'dropped',
        'dropped',
        'fulfilled',
        'fulfilled',
      ])
      expect(await events.drain()).toMatchObject({ total: 5, fulfilled: 3, dropped: 2 })
      expect(witness.labels('ran')).toEqual(['c', 'd'])
    })

    test('drops tasks that wait for their order, and the others keep it', async () => {
      const { events, linker, witness, job } = setStage(factory, {
        workers: 2,
        concurrency: 2,
        maxQueue: 3,
        overflow: 'drop-oldest',
      })
      linker.on(Work, takesTurns, { order: 'serial', onFailure: () => undefined })
      linker.on(MoreWork, holds, { order: 'serial', onFailure: () => undefined })
      events.emit(MoreWork, job('held'))
      await witness.heard('started')
      for (let index = 0; index < 10; index += 1) events.emit(MoreWork, job(String(index)))
      witness.open()
      expect(await events.drain()).toMatchObject({ total: 11, fulfilled: 4, dropped: 7 })
      expect(witness.labels('ended')).toEqual(['held', '7', '8', '9'])
    })

    test('never drops what is running, nor an attempt that follows on another', async () => {
      const { events, linker, witness, job } = setStage(factory, {
        workers: 1,
        concurrency: 1,
        maxQueue: 1,
        overflow: 'drop-oldest',
      })
      linker.on(Work, failsAtFirst, { retry: { delayMs: 300, jitter: 0 } })
      linker.on(MoreWork, notes, { onFailure: () => undefined })
      const retried = events.emit(Work, job('', { failures: 1 }))
      await until(() => witness.labels('attempt 1').length === 1, 'the first attempt has been made')
      await until(() => retried.tasks[0]?.status === 'pending', 'it waits for the second')
      expect(statuses(await events.emit(MoreWork, job()).settled)).toEqual(['dropped'])
      expect(statuses(await retried)).toEqual(['fulfilled'])
    })
  })

  describe('dropped tasks that nobody looks at', () => {
    test('are warned of, and a flood of them is not a flood of warnings', async () => {
      const { events, linker, witness, job } = await busyStage({ maxQueue: 1, overflow: 'drop-newest' })
      linker.on(MoreWork, notes)
      const warnings = await warningsOf(async () => {
        for (let index = 0; index < 200; index += 1) events.emit(MoreWork, job())
        witness.open()
        expect(await events.drain()).toMatchObject({ total: 201, dropped: 199 })
      })
      expect(warnings.length).toBeGreaterThan(0)
      expect(warnings.length).toBeLessThan(20)
      expect(warnings[0]).toMatch(/dropped.*conformance\.more-work.*notes/s)
    })
  })

  describe('whatever the policy', () => {
    const policies: Overflow[] = ['reject', 'wait', 'drop-newest', 'drop-oldest']
    for (const overflow of policies) {
      test(`${overflow}: in a flood with failures, attempts and cancellations the counts add up`, async () => {
        const random = randomNumbers(policies.indexOf(overflow) + 21)
        const { events, executor, linker, witness, job } = setStage(factory, {
          workers: 2,
          concurrency: 2,
          maxQueue: 8,
          killGraceMs: killsRunning ? FOREVER : 1000,
          overflow,
        })
        const onFailure = (): void => undefined
        linker.on(Work, takesTurns, {
          onFailure,
          order: ({ label = '' }) => label.length,
          retry: { attempts: 2, delayMs: 1 },
        })
        linker.on(MoreWork, takesTurns, { onFailure })
        linker.on(MoreWork, notes, { onFailure })
        let refused = 0
        let made = 0
        for (let index = 0; index < 150; index += 1) {
          const event = random(2) === 0 ? Work : MoreWork
          try {
            const work = job(String(index), { turns: random(3), failures: random(2) })
            const emission = events.emit(event, work)
            made += event === Work ? 1 : 2
            if (random(5) === 0) setTimeout(() => emission.cancel(), random(10))
          } catch (error) {
            expect(error).toBeInstanceOf(QueueFullError)
            refused += 1
          }
          if (random(4) === 0) await new Promise(setImmediate)
        }
        const { total, fulfilled, rejected, cancelled, dropped } = await events.drain()
        expect(total).toBe(made)
        expect(fulfilled + rejected + cancelled + dropped).toBe(total)
        if (overflow === 'reject') expect(refused).toBeGreaterThan(0)
        else expect(refused).toBe(0)
        if (!overflow.startsWith('drop')) expect(dropped).toBe(0)
        else expect(dropped).toBeGreaterThan(0)
        await executor.drain()
        expect(executor.stats()).toMatchObject({ queued: 0 })
        expect(witness.labels('started').length).toBeGreaterThan(0)
      })
    }
  })
}
