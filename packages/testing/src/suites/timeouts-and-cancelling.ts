import { HandlerTimeoutError, payloads, TaskCancelledError, WorkerLostError } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  cleansUp,
  describesItself,
  holds,
  MoreWork,
  neverStops,
  notes,
  notesFirst,
  stops,
  Work,
} from '../handlers.js'
import { IMPORT_MS, quick } from '../modules/slow-import.js'
import { errorOf, setStage, statuses, testWhere, thrownBy, valueOf } from '../stage.js'
import { until } from '../witness.js'

/** Registered in the emitter's realm only. */
class MainsOwnReason {
  readonly why = 'because'
}
payloads.registerClass(MainsOwnReason, 'conformance.MainsOwnReason')

/** Longer than any test; a worker under this grace is never ended for being deaf. */
const FOREVER = 600_000

/** How tasks are ended early. */
export function describeTimeoutsAndCancelling(factory: ExecutorFactory): void {
  const testOfFinding = testWhere(factory().capabilities.findsHandlers ?? true)
  const { killsRunning, isolated } = factory().capabilities

  describe('a timeout', () => {
    test("aborts the handler's signal with a HandlerTimeoutError, with which the task is rejected", async () => {
      const { events, executor, linker, witness, job } = setStage(factory, {
        workers: 1,
        killGraceMs: FOREVER,
      })
      linker.on(Work, stops, { timeoutMs: 100 })
      const error = errorOf(await events.emit(Work, job()).settled, stops)
      expect(error).toBeInstanceOf(HandlerTimeoutError)
      expect((error as Error).message).toContain('100 ms')
      expect((error as Error).message).toContain('stops')
      await witness.heard('stopped by HandlerTimeoutError')
      await until(() => executor.stats().running === 0, 'the slot is free')
      expect(executor.stats().workersLost).toBe(0)
    })

    test('is the shorter one of the link and the emission', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, stops, { timeoutMs: FOREVER })
      linker.on(Work, notes)
      const report = await events.emit(Work, job(), { timeoutMs: 70 }).settled
      expect(statuses(report)).toEqual(['rejected', 'fulfilled'])
      expect((errorOf(report, stops) as Error).message).toContain('70 ms')
    })

    test('does not touch a handler that ends in time', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, notes, { timeoutMs: FOREVER })
      expect(valueOf(await events.emit(Work, job('a')), notes)).toBe('a')
    })

    test('does not run while a task waits for its turn', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, holds)
      linker.on(MoreWork, notes, { timeoutMs: 1000 })
      linker.on(MoreWork, stops, { timeoutMs: 50 })
      events.emit(Work, job('holds', { gate: 'held' }))
      await witness.heard('started')
      const waiting = events.emit(MoreWork, job('waited'))
      const elsewhere = setStage(factory, { workers: 1 })
      elsewhere.linker.on(Work, stops, { timeoutMs: 1100 })
      await elsewhere.events.emit(Work, elsewhere.job()).settled
      witness.open('held')
      expect(statuses(await waiting.settled)).toEqual(['fulfilled', 'rejected'])
    })

    if (isolated) {
      testOfFinding('does not run while a new worker imports the module of the handler', async () => {
        const { events, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 1 })
        linker.on(Work, quick, { timeoutMs: IMPORT_MS / 2 })
        linker.on(MoreWork, holds)
        await events.emit(Work, job('in the worker that looked it up'))
        events.emit(MoreWork, job('keeps that worker busy', { gate: 'held' }))
        await witness.heard('started')
        const report = await events.emit(Work, job('in another worker')).settled
        witness.open('held')
        expect(statuses(report)).toEqual(['fulfilled'])
      })
    }

    test('leaves the executor usable for the same handler', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, stops)
      for (let round = 0; round < 3; round += 1) {
        const error = errorOf(await events.emit(Work, job(), { timeoutMs: 30 }).settled, stops)
        expect(error).toBeInstanceOf(HandlerTimeoutError)
      }
    })
  })

  describe('cancelling', () => {
    test('a pending task never starts', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, holds)
      linker.on(MoreWork, notes)
      const held = events.emit(Work, job('held', { gate: 'held' }))
      await witness.heard('started')
      const kept = events.emit(MoreWork, job('kept'))
      const pending = Array.from({ length: 4 }, (_, index) => events.emit(MoreWork, job(String(index))))
      const reason = new Error('not needed any more')
      for (const emission of pending) emission.cancel(reason)
      for (const emission of pending) {
        const report = await emission.settled
        expect(report.outcomes).toMatchObject([{ status: 'cancelled', reason }])
      }
      witness.open('held')
      await Promise.all([held, kept])
      expect(await events.drain()).toEqual({
        total: 6,
        fulfilled: 2,
        rejected: 0,
        cancelled: 4,
        dropped: 0,
        handedOver: 0,
      })
      expect(witness.labels('ran')).toEqual(['kept'])
    })

    test('in the turn of the emit, no handler starts', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, notes)
      await events.emit(Work, job('before'))
      const emission = events.emit(Work, job('cancelled'))
      emission.cancel()
      expect(emission.status).toBe('settled')
      await expect(emission).rejects.toMatchObject({ name: 'EmissionError' })
      await events.emit(Work, job('after'))
      expect(witness.labels('ran')).toEqual(['before', 'after'])
    })

    test("a running handler's signal aborts with the reason, and its outcome is cancelled at once", async () => {
      const { events, executor, linker, witness, job } = setStage(factory, {
        workers: 1,
        killGraceMs: FOREVER,
      })
      linker.on(Work, stops)
      const emission = events.emit(Work, job())
      await witness.heard('started')
      emission.cancel(new RangeError('changed my mind'))
      expect(emission.status).toBe('settled')
      expect((await emission.settled).outcomes).toMatchObject([
        { status: 'cancelled', reason: { message: 'changed my mind' } },
      ])
      await witness.heard('stopped by RangeError')
      await until(() => executor.stats().running === 0, 'the slot is free')
      expect(executor.stats().workersLost).toBe(0)
    })

    test('the reason may be anything', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1 })
      linker.on(Work, stops)
      const reasons = ['a string', null, { why: 1 }, () => 1, new MainsOwnReason()]
      for (const [index, reason] of reasons.entries()) {
        const emission = events.emit(Work, job())
        await witness.heard('started', index + 1)
        emission.cancel(reason)
        const [outcome] = (await emission.settled).outcomes
        expect(outcome).toMatchObject({ status: 'cancelled' })
        expect(outcome?.status === 'cancelled' && outcome.reason).toBe(reason)
        await expect(emission).rejects.toMatchObject({ errors: [expect.any(TaskCancelledError)] })
      }
      await until(() => executor.stats().running === 0, 'the slot is free')
      expect(executor.stats().workersLost).toBe(0)
    })

    test('what has an outcome keeps it', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2 })
      linker.on(Work, notes)
      linker.on(Work, stops)
      const emission = events.emit(Work, job('a'))
      await until(() => emission.tasks[0]?.status === 'fulfilled', 'the first task is fulfilled')
      await witness.heard('started')
      emission.cancel()
      expect(statuses(await emission.settled)).toEqual(['fulfilled', 'cancelled'])
      emission.cancel()
      expect(await events.drain()).toEqual({
        total: 2,
        fulfilled: 1,
        rejected: 0,
        cancelled: 1,
        dropped: 0,
        handedOver: 0,
      })
    })

    test("the signal of emit's options cancels the emission", async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1 })
      linker.on(Work, stops)
      const controller = new AbortController()
      const emission = events.emit(Work, job(), { signal: controller.signal })
      await witness.heard('started')
      controller.abort(new RangeError('aborted'))
      expect((await emission.settled).outcomes).toMatchObject([
        { status: 'cancelled', reason: { message: 'aborted' } },
      ])
      await witness.heard('stopped by RangeError')
    })

    test('a signal that is aborted already makes emit throw its reason', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, notes)
      const reason = new Error('too late')
      expect(thrownBy(() => events.emit(Work, job(), { signal: AbortSignal.abort(reason) }))).toBe(reason)
      expect(await events.drain()).toMatchObject({ total: 0 })
    })
  })

  describe('a handler that ignores its signal', () => {
    if (killsRunning) {
      test('loses its worker after a timeout, and others go on', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 2, killGraceMs: 50 })
        linker.on(Work, neverStops, { timeoutMs: 50 })
        linker.on(MoreWork, holds)
        const held = events.emit(MoreWork, job('held', { gate: 'held' }))
        await witness.heard('started')
        const error = errorOf(await events.emit(Work, job('deaf')).settled, neverStops)
        expect(error).toBeInstanceOf(HandlerTimeoutError)
        await until(() => executor.stats().workersLost === 1, 'the worker is lost')
        witness.open('held')
        expect(valueOf(await held, holds)).toBe('held')
        expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 1, rejected: 1 })
      })

      test('loses its worker after a cancellation, and what waits for it runs on the next one', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, killGraceMs: 50 })
        linker.on(Work, neverStops)
        linker.on(MoreWork, notes)
        const deaf = events.emit(Work, job('deaf'))
        await witness.heard('started')
        const waiting = events.emit(MoreWork, job('waiting'))
        deaf.cancel()
        expect(statuses(await deaf.settled)).toEqual(['cancelled'])
        expect(statuses(await waiting)).toEqual(['fulfilled'])
        expect(executor.stats().workersLost).toBe(1)
        expect(witness.labels('started')).toEqual(['deaf'])
      })

      test('takes its neighbours with it, who are told who it was', async () => {
        const { events, linker, witness, job } = setStage(factory, {
          workers: 1,
          concurrency: 2,
          killGraceMs: 50,
        })
        linker.on(Work, holds)
        linker.on(MoreWork, neverStops, { timeoutMs: 50 })
        const neighbour = events.emit(Work, job('neighbour', { gate: 'held' }))
        await witness.heard('started')
        const deaf = events.emit(MoreWork, job('deaf'))
        expect(errorOf(await deaf.settled, neverStops)).toBeInstanceOf(HandlerTimeoutError)
        const error = errorOf(await neighbour.settled, holds)
        expect(error).toBeInstanceOf(WorkerLostError)
        expect((error as WorkerLostError).culprit).toContain('neverStops')
        expect(await events.drain()).toMatchObject({ total: 2, rejected: 2 })
      })

      test('because a neighbour blocks their event loop is not blamed for it', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, {
          workers: 1,
          concurrency: 2,
          killGraceMs: 50,
        })
        linker.on(Work, stops, { timeoutMs: 300 })
        linker.on(MoreWork, neverStops)
        await events.ready()
        const deaf = events.emit(Work, job())
        await witness.heard('started')
        const blocking = events.emit(MoreWork, job())
        expect(errorOf(await deaf.settled, stops)).toBeInstanceOf(HandlerTimeoutError)
        const error = errorOf(await blocking.settled, neverStops)
        expect(error).toBeInstanceOf(WorkerLostError)
        expect((error as WorkerLostError).culprit ?? '').not.toMatch(/^stops /)
        expect((error as WorkerLostError).reason).toContain('blocked the event loop')
        // Memory that is shared tells which task has started.
        if (executor.mode === 'separate-thread-async') {
          expect((error as WorkerLostError).culprit).toMatch(/^neverStops /)
        }
      })

      test('costs its worker and nothing else: what is queued behind it runs, once', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, killGraceMs: 50 })
        linker.on(Work, neverStops, { timeoutMs: 100 })
        linker.on(MoreWork, notes)
        const deaf = events.emit(Work, job())
        const labels = Array.from({ length: 30 }, (_, index) => String(index))
        const waiting = labels.map((label) => events.emit(MoreWork, job(label)))
        expect(errorOf(await deaf.settled, neverStops)).toBeInstanceOf(HandlerTimeoutError)
        for (const emission of waiting) expect(statuses(await emission)).toEqual(['fulfilled'])
        expect(witness.labels('ran')).toEqual(labels)
        expect(executor.stats().workersLost).toBe(1)
      })
    } else {
      test('has its outcome at once, keeps its slot until it returns, and its late result is ignored', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { concurrency: 1 })
        linker.on(Work, holds)
        linker.on(MoreWork, notes)
        const deaf = events.emit(Work, job('deaf', { gate: 'deaf' }), { timeoutMs: 50 })
        const waiting = events.emit(MoreWork, job('waiting'))
        expect(errorOf(await deaf.settled, holds)).toBeInstanceOf(HandlerTimeoutError)
        expect(executor.stats()).toMatchObject({ running: 1, queued: 1 })
        expect(waiting.status).toBe('running')
        expect(witness.labels('ran')).toEqual([])
        witness.open('deaf')
        expect(statuses(await waiting)).toEqual(['fulfilled'])
        expect(witness.labels('ended')).toEqual(['deaf'])
        expect(await events.drain()).toEqual({
          total: 2,
          fulfilled: 1,
          rejected: 1,
          cancelled: 0,
          dropped: 0,
          handedOver: 0,
        })
      })

      test('a task that is cancelled behind it does not count as waiting', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { concurrency: 1 })
        linker.on(Work, holds)
        linker.on(MoreWork, notes)
        events.emit(Work, job('deaf', { gate: 'deaf' }))
        await witness.heard('started')
        events.emit(MoreWork, job('cancelled')).cancel()
        expect(executor.stats()).toMatchObject({ running: 1, queued: 0 })
      })
    }

    test('a handler that stops within the grace keeps its worker', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, {
        workers: 1,
        killGraceMs: FOREVER,
      })
      linker.on(Work, cleansUp)
      linker.on(MoreWork, describesItself)
      const before = valueOf(await events.emit(MoreWork, job()), describesItself)
      const emission = events.emit(Work, job())
      await witness.heard('started')
      emission.cancel()
      await witness.heard('cleaned up')
      const after = valueOf(await events.emit(MoreWork, job()), describesItself)
      expect([after.pid, after.threadId]).toEqual([before.pid, before.threadId])
      expect(executor.stats().workersLost).toBe(0)
    })

    test('a pending task that is cancelled behind a long one does not end its worker', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, killGraceMs: 30 })
      linker.on(Work, notesFirst)
      linker.on(MoreWork, holds)
      for (let round = 0; round < 20; round += 1) await events.emit(Work, job())
      const held = events.emit(MoreWork, job('held', { gate: 'held' }))
      await witness.heard('started')
      const cancelled = events.emit(Work, job('cancelled'))
      cancelled.cancel()
      const elsewhere = setStage(factory, { workers: 1 })
      elsewhere.linker.on(Work, stops, { timeoutMs: 100 })
      await elsewhere.events.emit(Work, elsewhere.job()).settled
      witness.open('held')
      expect(valueOf(await held, holds)).toBe('held')
      expect(executor.stats().workersLost).toBe(0)
    })
  })
}
