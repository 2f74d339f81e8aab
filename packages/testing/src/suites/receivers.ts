import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { emitsChild, ChildWork, notes, Work } from '../handlers.js'
import { setStage, statuses, testWhere } from '../stage.js'

/** Whoever waits for events in the emitter's own realm. */
export function describeReceivers(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  describe('linker.next', () => {
    test('gives the payload of the next event in the realm of the emitter', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, notes)
      const next = linker.next(Work, { filter: ({ label }) => label === 'b' })
      for (const label of ['a', 'b', 'c']) events.emit(Work, job(label))
      expect(await next).toEqual(job('b'))
      expect(await events.drain()).toMatchObject({ total: 4, fulfilled: 4 })
    })

    testOfEmitting('gives what a handler emits', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, emitsChild)
      const next = linker.next([ChildWork])
      await events.emit(Work, job('a'))
      expect(await next).toMatchObject({ event: ChildWork.name })
      await events.drain()
    })

    test('goes on waiting where the emission is cancelled', async () => {
      const { events, linker, job } = setStage(factory)
      const next = linker.next(Work)
      const emission = events.emit(Work, job('a'))
      emission.cancel()
      expect(statuses(await emission.settled)).toEqual(['cancelled'])
      await events.emit(Work, job('b'))
      expect(await next).toEqual(job('b'))
    })
  })

  describe('linker.stream', () => {
    test('gives every payload in emit order, and ends the tasks beyond highWaterMark as they are taken', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, notes)
      const labels = Array.from({ length: 20 }, (_, index) => String(index))
      const stream = linker.stream(Work, { highWaterMark: 5 })
      for (const label of labels) events.emit(Work, job(label))
      const taken: (string | undefined)[] = []
      for await (const { label } of stream) {
        taken.push(label)
        if (taken.length === labels.length) break
      }
      expect(taken).toEqual(labels)
      expect(await events.drain()).toMatchObject({ total: 40, fulfilled: 40 })
    })
  })
}
