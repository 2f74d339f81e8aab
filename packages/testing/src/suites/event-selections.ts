import { anyEvent, type EventLinker } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  ChildWork,
  describesItself,
  emitsChild,
  MoreWork,
  notes,
  notesFirst,
  notesSecond,
  Work,
  type Job,
} from '../handlers.js'
import { setStage, statuses, testWhere, valueOf } from '../stage.js'

/** The same linker, typed by the events that are emitted here. */
function jobLinker(
  linker: EventLinker,
): EventLinker<Record<'conformance.work' | 'conformance.more-work', Job>> {
  return linker as never
}

/** Links to more than one event. */
export function describeEventSelections(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  describe('a link to several events', () => {
    test('runs its handler for each of them, and the context says for which', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on([Work, MoreWork], describesItself)
      for (const event of [Work, MoreWork]) {
        const report = await events.emit(event, job())
        expect(statuses(report)).toEqual(['fulfilled'])
        expect(valueOf(report, describesItself)).toMatchObject({ event: event.name, isPayload: true })
      }
      expect((await events.emit(ChildWork, job())).total).toBe(0)
    })

    test('runs once for an emission, also where the event is named twice', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on([Work, MoreWork, Work], notes)
      await events.emit(Work, job('a'))
      expect(witness.labels('ran')).toEqual(['a'])
    })

    testWhere(factory().capabilities.once ?? true)(
      'is used up by one of them where it is a once link',
      async () => {
        const { events, linker, witness, job } = setStage(factory)
        linker.once([Work, MoreWork], notes)
        events.emit(MoreWork, job('a'))
        events.emit(Work, job('b'))
        expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
        expect(witness.labels('ran')).toEqual(['a'])
        expect(linker.links()).toEqual([])
      },
    )

    test('keeps one order for all of them', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 2 })
      if (!executor.capabilities.order) return
      linker.on([Work, MoreWork], notes, { order: 'serial' })
      const labels = Array.from({ length: 20 }, (_, index) => String(index))
      for (const [index, label] of labels.entries())
        events.emit(index % 2 === 0 ? Work : MoreWork, job(label))
      await events.drain()
      expect(witness.labels('ran')).toEqual(labels)
    })

    test('ends for all of them when it is unlinked, its waiting tasks included', async () => {
      const { events, linker, witness, job } = setStage(factory)
      const link = linker.on([Work, MoreWork], notes)
      const emissions = [events.emit(Work, job('a')), events.emit(MoreWork, job('b'))]
      link.unlink()
      for (const emission of emissions) expect(statuses(await emission.settled)).toEqual(['cancelled'])
      expect(witness.labels('ran')).toEqual([])
      expect(linker.links()).toEqual([])
    })
  })

  describe('a link to a namespace, or to any event', () => {
    test('runs its handler for the events that match, and the context says for which', async () => {
      const { events, linker, job } = setStage(factory)
      jobLinker(linker).on('conformance.*', describesItself)
      linker.on('other.**', () => 'never', { local: true })
      for (const event of [Work, MoreWork]) {
        const report = await events.emit(event, job())
        expect(statuses(report)).toEqual(['fulfilled'])
        expect(valueOf(report, describesItself)).toMatchObject({ event: event.name, isPayload: true })
      }
    })

    test('runs once for an emission, in link order among the others', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1 })
      jobLinker(linker).on([anyEvent, 'conformance.**', Work], notesSecond)
      linker.on(Work, notes)
      jobLinker(linker).on(anyEvent, notesFirst)
      const report = await events.emit(Work, job())
      expect(statuses(report)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
      expect(witness.testimonies.map(({ what }) => what)).toEqual(['second', 'ran', 'first'])
    })

    testOfEmitting('gets what handlers emit', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, emitsChild)
      jobLinker(linker).on('conformance.*', notes)
      events.emit(Work, job('a'))
      expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 3 })
      expect(witness.labels('ran')).toHaveLength(2)
    })
  })
}
