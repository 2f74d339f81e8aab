import { DrainTimeoutError, EmitterClosedError, EventEmitter } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  ChildWork,
  cleansUp,
  emitsChild,
  exits,
  holds,
  MoreWork,
  neverStops,
  notes,
  notesFirst,
  recurses,
  stops,
  throwsIt,
  Work,
} from '../handlers.js'
import { setStage, statuses, testWhere, thrownBy } from '../stage.js'

/** Draining, shutting down, and ending by force. */
export function describeEndings(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  const { killsRunning, isolated } = factory().capabilities

  describe('drain', () => {
    testOfEmitting(
      'waits for everything, including what handlers emit meanwhile, and returns the counts',
      async () => {
        const { events, linker, witness, job } = setStage(factory, { workers: 2 })
        linker.on(Work, emitsChild)
        linker.on(Work, throwsIt)
        linker.on(ChildWork, notesFirst)
        for (let index = 0; index < 10; index += 1) void events.emit(Work, job(String(index))).settled
        expect(await events.drain()).toEqual({
          total: 30,
          fulfilled: 20,
          rejected: 10,
          cancelled: 0,
          dropped: 0,
          handedOver: 0,
        })
        expect(witness.labels('first')).toHaveLength(10)
      },
    )

    testOfEmitting('waits for chains of emissions', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, recurses)
      events.emit(Work, job('', { depth: 15 }))
      expect(await events.drain()).toMatchObject({ total: 16, fulfilled: 16 })
      expect(witness.labels('ran')).toHaveLength(16)
    })

    test('resolves at once where nothing was emitted', async () => {
      const { events, executor } = setStage(factory)
      expect(await events.drain()).toEqual({
        total: 0,
        fulfilled: 0,
        rejected: 0,
        cancelled: 0,
        dropped: 0,
        handedOver: 0,
      })
      await executor.drain()
      expect(executor.stats().workers).toBe(0)
    })

    test('gives up after timeoutMs, and the work goes on', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, holds)
      events.emit(Work, job('a', { gate: 'held' }))
      await witness.heard('started')
      await expect(events.drain({ timeoutMs: 20 })).rejects.toBeInstanceOf(DrainTimeoutError)
      witness.open('held')
      expect(await events.drain({ timeoutMs: 60_000 })).toMatchObject({ total: 1, fulfilled: 1 })
    })

    test('leaves the emitter open', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, notes)
      for (let round = 1; round < 4; round += 1) {
        events.emit(Work, job())
        expect(await events.drain()).toMatchObject({ total: round, fulfilled: round })
      }
    })

    test('of the executor waits for its tasks', async () => {
      const { events, executor, linker, witness, job } = setStage(factory)
      linker.on(Work, notes)
      for (let index = 0; index < 10; index += 1) events.emit(Work, job(String(index)))
      await executor.drain()
      expect(witness.labels('ran')).toHaveLength(10)
    })
  })

  describe('shutdown', () => {
    test('lets pending emissions finish and takes no new ones', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, notes)
      for (let index = 0; index < 10; index += 1) events.emit(Work, job(String(index)))
      const ended = events.shutdown()
      const error = thrownBy(() => events.emit(Work, job('too late')))
      expect(error).toBeInstanceOf(EmitterClosedError)
      expect((error as Error).message).toContain(Work.name)
      expect(await ended).toEqual({
        total: 10,
        fulfilled: 10,
        rejected: 0,
        cancelled: 0,
        dropped: 0,
        handedOver: 0,
      })
      expect(witness.labels('ran')).toHaveLength(10)
      expect(executor.stats()).toMatchObject({ queued: 0, running: 0, workers: 0 })
      expect(() => events.emit(Work, job('too late'))).toThrow(EmitterClosedError)
    })

    testOfEmitting('lets handlers that still run emit', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, recurses)
      events.emit(Work, job('', { depth: 5 }))
      expect(await events.shutdown()).toMatchObject({ total: 6, fulfilled: 6 })
      expect(witness.labels('ran')).toHaveLength(6)
    })

    test('with cancelPending cancels what has not started and lets the rest finish', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, holds)
      linker.on(MoreWork, notes)
      const held = events.emit(Work, job('held', { gate: 'held' }))
      await witness.heard('started')
      const pending = Array.from({ length: 4 }, () => events.emit(MoreWork, job()))
      const ended = events.shutdown({ cancelPending: true })
      for (const emission of pending) expect(statuses(await emission.settled)).toEqual(['cancelled'])
      witness.open('held')
      expect(statuses(await held)).toEqual(['fulfilled'])
      expect(await ended).toEqual({
        total: 5,
        fulfilled: 1,
        rejected: 0,
        cancelled: 4,
        dropped: 0,
        handedOver: 0,
      })
      expect(witness.labels('ran')).toEqual([])
    })

    test('without wait returns early, and the work ends in the background', async () => {
      const { events, executor, linker, witness, job } = setStage(factory)
      linker.on(Work, holds)
      events.emit(Work, job('a', { gate: 'held' }))
      await witness.heard('started')
      expect(await events.shutdown({ wait: false })).toMatchObject({ total: 1, fulfilled: 0 })
      expect(() => events.emit(Work, job())).toThrow(EmitterClosedError)
      witness.open('held')
      expect(await events.shutdown()).toMatchObject({ total: 1, fulfilled: 1 })
      expect(executor.stats().workers).toBe(0)
    })

    test('called often, at once and again, ends once with the same counts', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, notes)
      events.emit(Work, job())
      const counts = await Promise.all([events.shutdown(), events.shutdown(), events.shutdown()])
      counts.push(await events.shutdown())
      for (const count of counts) expect(count).toMatchObject({ total: 1, fulfilled: 1 })
    })

    test('after timeoutMs, what is left is cancelled and counted', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, killsRunning ? neverStops : holds)
      linker.on(MoreWork, notes)
      const running = events.emit(Work, job('', { gate: 'never' }))
      await witness.heard('started')
      const waiting = events.emit(MoreWork, job())
      expect(await events.shutdown({ timeoutMs: 50 })).toEqual({
        total: 2,
        fulfilled: 0,
        rejected: 0,
        cancelled: 2,
        dropped: 0,
        handedOver: 0,
      })
      expect(statuses(await running.settled)).toEqual(['cancelled'])
      expect(statuses(await waiting.settled)).toEqual(['cancelled'])
      expect(executor.stats().workers).toBe(0)
      expect(witness.labels('ran')).toEqual([])
    })

    test('of an emitter that never emitted starts nothing', async () => {
      const { events, executor } = setStage(factory)
      expect(await events.shutdown()).toMatchObject({ total: 0 })
      expect(executor.stats()).toMatchObject({ workers: 0, workersLost: 0 })
    })

    test('right after the first emit loses nothing', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, notes)
      events.emit(Work, job('a'))
      expect(await events.shutdown()).toMatchObject({ total: 1, fulfilled: 1 })
      expect(witness.labels('ran')).toEqual(['a'])
    })

    test('does not count ended workers as lost', async () => {
      const { events, executor, linker, job } = setStage(factory, { workers: 2 })
      linker.on(Work, notes)
      for (let index = 0; index < 8; index += 1) events.emit(Work, job())
      await events.shutdown()
      expect(executor.stats().workersLost).toBe(0)
    })

    test('leaves a handler whose signal has aborted its grace to clean up', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, killGraceMs: 10_000 })
      linker.on(Work, cleansUp)
      const emission = events.emit(Work, job())
      await witness.heard('started')
      emission.cancel()
      await events.shutdown()
      await witness.heard('cleaned up')
    })

    if (isolated) {
      test('while workers die loses no count', async () => {
        const { events, executor, linker, job } = setStage(factory, { workers: 2 })
        linker.on(Work, exits)
        linker.on(Work, notes)
        for (let index = 0; index < 4; index += 1) void events.emit(Work, job()).settled
        const { total, fulfilled, rejected, cancelled } = await events.shutdown()
        expect([total, fulfilled + rejected + cancelled]).toEqual([8, 8])
        expect(executor.stats().workers).toBe(0)
      })
    }
  })

  describe('of the executor', () => {
    test('shutdown finishes all tasks, and then it takes none', async () => {
      const { events, executor, linker, job } = setStage(factory)
      linker.on(Work, notes)
      const emission = events.emit(Work, job())
      await Promise.all([executor.shutdown(), executor.shutdown()])
      expect(statuses(await emission)).toEqual(['fulfilled'])
      expect(executor.stats().workers).toBe(0)
      expect(() => events.emit(Work, job())).toThrow(EmitterClosedError)
      expect(await events.drain()).toMatchObject({ total: 1 })
      await executor.shutdown()
    })

    test('terminate cancels what is left, now', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, killsRunning ? neverStops : stops)
      linker.on(MoreWork, notes)
      const running = events.emit(Work, job())
      const waiting = events.emit(MoreWork, job())
      await witness.heard('started')
      await executor.terminate()
      expect(statuses(await running.settled)).toEqual(['cancelled'])
      expect(statuses(await waiting.settled)).toEqual(['cancelled'])
      expect(executor.stats()).toMatchObject({ queued: 0, workers: 0 })
      expect(() => events.emit(Work, job())).toThrow(EmitterClosedError)
      await Promise.all([executor.terminate(), executor.shutdown()])
      expect(witness.labels('ran')).toEqual([])
    })

    test('terminate while its first workers start leaves none', async () => {
      const { events, executor, linker, job } = setStage(factory, { workers: 2 })
      linker.on(Work, notes)
      const emissions = Array.from({ length: 4 }, () => events.emit(Work, job()))
      await executor.terminate()
      for (const emission of emissions) expect(statuses(await emission.settled)).toEqual(['cancelled'])
      expect(executor.stats()).toMatchObject({ queued: 0, workers: 0 })
    })

    test('leaving a scope of await using shuts it down', async () => {
      const { linker, witness, job } = setStage(factory)
      linker.on(Work, notes)
      const executor = factory()
      {
        await using shared = executor
        const events = new EventEmitter({ executor: shared, linker, ownsExecutor: false })
        events.emit(Work, job('a'))
      }
      expect(witness.labels('ran')).toEqual(['a'])
      expect(executor.stats().workers).toBe(0)
    })
  })

  describe('await using', () => {
    testOfEmitting('drains and shuts down, including what handlers emit', async () => {
      const { linker, witness, job } = setStage(factory)
      linker.on(Work, recurses)
      const executor = factory()
      {
        await using events = new EventEmitter({ executor, linker })
        events.emit(Work, job('', { depth: 3 }))
      }
      expect(witness.labels('ran')).toHaveLength(4)
      expect(executor.stats().workers).toBe(0)
    })

    test("does so also when the body throws, and the body's error surfaces though handlers failed", async () => {
      const { linker, witness, job } = setStage(factory)
      linker.on(Work, notes)
      linker.on(Work, throwsIt, { onFailure: () => undefined })
      const executor = factory()
      const body = async (): Promise<void> => {
        await using events = new EventEmitter({ executor, linker })
        events.emit(Work, job('a'))
        throw new RangeError('of the body')
      }
      await expect(body()).rejects.toThrow(new RangeError('of the body'))
      expect(witness.labels('ran')).toEqual(['a'])
      expect(executor.stats().workers).toBe(0)
    })

    test('is bounded by shutdownTimeoutMs', async () => {
      const { linker, witness, job } = setStage(factory)
      linker.on(Work, killsRunning ? neverStops : holds)
      const executor = factory({ workers: 1 })
      const emissions = []
      {
        await using events = new EventEmitter({ executor, linker, shutdownTimeoutMs: 50 })
        emissions.push(events.emit(Work, job('', { gate: 'never' })))
        await witness.heard('started')
      }
      for (const emission of emissions) expect(statuses(await emission.settled)).toEqual(['cancelled'])
      expect(executor.stats().workers).toBe(0)
    })
  })

  describe('an executor that two emitters share', () => {
    test('outlives the emitters that do not own it', async () => {
      const { events, executor, linker, job } = setStage(factory)
      linker.on(Work, notes)
      for (let request = 0; request < 3; request += 1) {
        await using guest = new EventEmitter({ executor, linker, ownsExecutor: false })
        guest.emit(Work, job())
      }
      expect(statuses(await events.emit(Work, job()))).toEqual(['fulfilled'])
      expect(await events.drain()).toMatchObject({ total: 1 })
    })

    test('is drained by each for its own emissions only', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 2 })
      linker.on(Work, holds)
      linker.on(MoreWork, notes)
      const held = events.emit(Work, job('held', { gate: 'held' }))
      await witness.heard('started')
      const guest = new EventEmitter({ executor, linker, ownsExecutor: false })
      guest.emit(MoreWork, job())
      expect(await guest.shutdown()).toMatchObject({ total: 1, fulfilled: 1 })
      expect(held.status).toBe('running')
      witness.open('held')
      expect(statuses(await held)).toEqual(['fulfilled'])
    })

    test('has one owner', () => {
      const { executor, linker } = setStage(factory)
      expect(() => new EventEmitter({ executor, linker })).toThrow(
        expect.objectContaining({ code: 'ERR_EXECUTOR_OWNED' }),
      )
    })
  })
}
