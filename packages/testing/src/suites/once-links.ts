import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { emitsChild, ChildWork, notes, recurses, Work } from '../handlers.js'
import { setStage, statuses, testWhere, thrownBy } from '../stage.js'

/** Links that make at most one task. */
export function describeOnceLinks(factory: ExecutorFactory): void {
  const { emitsElsewhere, once = true } = factory().capabilities
  const testOfEmitting = testWhere(!emitsElsewhere)
  if (!once) {
    describe('a once link', () => {
      test('is refused by emit and by ready, and not used up', async () => {
        const { events, linker, job } = setStage(factory)
        const link = linker.once(Work, notes)
        expect(thrownBy(() => events.emit(Work, job()))).toMatchObject({ code: 'ERR_INVALID_LINK' })
        await expect(events.ready()).rejects.toMatchObject({ code: 'ERR_INVALID_LINK' })
        expect(link.isUsedUp).toBe(false)
        expect(await events.drain()).toMatchObject({ total: 0 })
      })

      test('is taken where it is local, and used up', async () => {
        const { events, linker, witness, job } = setStage(factory)
        const link = linker.once(Work, notes, { local: true })
        const reports = await Promise.all([events.emit(Work, job('a')), events.emit(Work, job('b'))])
        expect(reports.map(({ total }) => total)).toEqual([1, 0])
        expect(witness.labels('ran')).toEqual(['a'])
        expect(link.isUsedUp).toBe(true)
      })
    })
    return
  }

  describe('once', () => {
    test('one task is made, however many emissions race for it in one turn', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.once(Work, notes)
      const emissions = Array.from({ length: 50 }, (_, index) => events.emit(Work, job(String(index))))
      const reports = await Promise.all(emissions)
      expect(reports.map(({ total }) => total)).toEqual([1, ...Array<number>(49).fill(0)])
      expect(witness.labels('ran')).toEqual(['0'])
      expect(linker.links()).toEqual([])
    })

    test('one task is made where its handler emits the event again', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.once(Work, recurses)
      events.emit(Work, job('a', { depth: 3 }))
      expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
      expect(witness.labels('ran')).toEqual(['a'])
    })

    testOfEmitting('one task is made where handlers in many workers emit the event', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 4 })
      linker.on(Work, emitsChild)
      linker.once(ChildWork, notes)
      for (let index = 0; index < 20; index += 1) events.emit(Work, job(String(index)))
      expect(await events.drain()).toMatchObject({ total: 21, fulfilled: 21 })
      expect(witness.labels('ran').filter((label) => label.startsWith('child'))).toHaveLength(1)
    })

    test('it is not used up by an emit that throws', async () => {
      const { events, executor, linker, witness, job } = setStage(factory)
      linker.once(Work, notes)
      thrownBy(() => events.emit(Work, job('a'), { signal: AbortSignal.abort(new Error('too late')) }))
      if (executor.capabilities.portable) thrownBy(() => events.emit(Work, job('b', { value: () => 1 })))
      const report = await events.emit(Work, job('c'))
      expect(statuses(report)).toEqual(['fulfilled'])
      expect(witness.labels('ran')).toEqual(['c'])
    })

    test('its task is cancelled when the link is removed before it starts', async () => {
      const { events, linker, witness, job } = setStage(factory)
      const link = linker.once(Work, notes)
      const emission = events.emit(Work, job('a'))
      link.unlink()
      expect(statuses(await emission.settled)).toEqual(['cancelled'])
      expect(statuses(await events.emit(Work, job('b')))).toEqual([])
      expect(witness.labels('ran')).toEqual([])
    })
  })
}
