import { EmitterClosedError, EventEmitter, DrainTimeoutError } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { failsAtFirst, holds, MoreWork, notes, stops, takesTurns, Work } from '../handlers.js'
import { setStage, statuses } from '../stage.js'
import { until } from '../witness.js'

/** Longer than any test. */
const FOREVER = 600_000

/** Endings while work still comes in: nothing is lost from the counts. */
export function describeDraining(factory: ExecutorFactory): void {
  const { isolated } = factory().capabilities

  describe('an ending while work comes in', () => {
    test('by the end of an await using scope counts all that emit took, and refuses the rest', async () => {
      const { linker, witness, job } = setStage(factory)
      linker.on(Work, takesTurns)
      let taken = 0
      let refused: unknown
      let producer: Promise<void> | undefined
      let counts: Promise<object> | undefined
      {
        await using events = new EventEmitter({ executor: factory({ workers: 2 }), linker })
        producer = (async () => {
          for (;;) {
            try {
              events.emit(Work, job(String(taken), { turns: taken % 3 }))
            } catch (error) {
              refused = error
              counts = events.drain()
              return
            }
            taken += 1
            await new Promise(setImmediate)
          }
        })()
        await until(() => taken > 20, 'the producer is at work')
      }
      await producer
      expect(refused).toBeInstanceOf(EmitterClosedError)
      expect(await counts).toMatchObject({ total: taken, fulfilled: taken })
      expect(witness.labels('ended')).toHaveLength(taken)
    })

    test('by several shutdowns at once, of all kinds, gives all of them the same counts', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, holds)
      linker.on(MoreWork, notes)
      events.emit(Work, job('held', { gate: 'held' }))
      await witness.heard('started')
      for (let index = 0; index < 5; index += 1) events.emit(MoreWork, job(String(index)))
      const endings = [
        events.shutdown(),
        events.shutdown({ timeoutMs: FOREVER }),
        events.shutdown({ wait: false }).then(() => events.shutdown()),
        events.shutdown({ cancelPending: true }),
        events[Symbol.asyncDispose]().then(() => events.drain()),
      ]
      witness.open('held')
      for (const ending of endings) expect(await ending).toEqual(await events.drain())
      expect(await events.drain()).toMatchObject({ total: 6, fulfilled: 1, cancelled: 5 })
      expect(executor.stats()).toMatchObject({ queued: 0, running: 0, workers: 0 })
    })

    test('by terminate while a shutdown waits cuts it short', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, {
        workers: 1,
        killGraceMs: FOREVER,
      })
      linker.on(Work, stops)
      const emission = events.emit(Work, job())
      await witness.heard('started')
      const ended = events.shutdown()
      await events.terminate()
      expect(statuses(await emission.settled)).toEqual(['cancelled'])
      expect(await ended).toMatchObject({ total: 1, cancelled: 1 })
      expect(executor.stats().workers).toBe(0)
    })
  })

  describe('drain({ timeoutMs })', () => {
    test('says how many tasks it has waited for in vain, those waiting for an attempt or their order included', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1 })
      linker.on(Work, failsAtFirst, { order: 'serial', retry: { delayMs: FOREVER, maxDelayMs: FOREVER } })
      for (const label of ['a', 'b', 'c']) events.emit(Work, job(label))
      await witness.heard('attempt 1')
      const error: unknown = await events.drain({ timeoutMs: 30 }).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(DrainTimeoutError)
      expect((error as Error).message).toContain('3 tasks')
      expect(await events.shutdown({ timeoutMs: 30 })).toMatchObject({ total: 3, cancelled: 3 })
    })

    test('does not hold up what comes after it', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: isolated ? 2 : 1 })
      linker.on(Work, holds)
      events.emit(Work, job('', { gate: 'held' }))
      await witness.heard('started')
      const drains = [events.drain({ timeoutMs: 20 }), events.drain(), events.drain({ timeoutMs: FOREVER })]
      await expect(drains[0]).rejects.toBeInstanceOf(DrainTimeoutError)
      witness.open('held')
      expect(await drains[1]).toMatchObject({ total: 1, fulfilled: 1 })
      expect(await drains[2]).toMatchObject({ total: 1, fulfilled: 1 })
    })
  })
}
