import { LinkFunctionError, type LinkOptions } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { echoes, notes, notesFirst, Work, type Job } from '../handlers.js'
import { errorOf, setStage, statuses, testWhere, thrownBy, valueOf } from '../stage.js'

/** Links that do not take every payload. */
export function describeFilters(factory: ExecutorFactory): void {
  const { portable, once = true } = factory().capabilities
  const testOfOnce = testWhere(once)

  describe('a link with a filter', () => {
    test('makes tasks for the payloads that pass, and no others', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2 })
      const wanted = new Set(['b', 'd'])
      linker.on(Work, notes, { filter: ({ label = '' }) => wanted.has(label) })
      const reports = await Promise.all(['a', 'b', 'c', 'd'].map((label) => events.emit(Work, job(label))))
      expect(reports.map(statuses)).toEqual([[], ['fulfilled'], [], ['fulfilled']])
      expect(witness.labels('ran').sort()).toEqual(['b', 'd'])
      expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 2 })
    })

    test('is asked in the realm of the emitter, once for each emission, with the name of the event', async () => {
      const { events, linker, job } = setStage(factory)
      const asked: unknown[] = []
      linker.on(Work, notes, { filter: ({ label }, event) => asked.push([label, event]) > 0 })
      await Promise.all(['a', 'b'].map((label) => events.emit(Work, job(label))))
      expect(asked).toEqual([
        ['a', Work.name],
        ['b', Work.name],
      ])
    })

    test('leaves the other links of the event alone', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1 })
      linker.on(Work, notes, { filter: () => false })
      linker.on(Work, notesFirst)
      expect(statuses(await events.emit(Work, job('a')))).toEqual(['fulfilled'])
      expect(witness.testimonies.map(({ what }) => what)).toEqual(['first'])
    })

    if (portable) {
      test('has a copy of the payload of its own: changing it is seen by nobody', async () => {
        const { events, linker, job } = setStage(factory)
        const changes: LinkOptions<Job> = {
          filter: ({ value }) => (value as number[]).push(2) === 2,
        }
        linker.on(Work, echoes, changes)
        linker.on(Work, notes, changes)
        const value = [1]
        const report = await events.emit(Work, job('', { value }))
        expect(statuses(report)).toEqual(['fulfilled', 'fulfilled'])
        expect(valueOf(report, echoes)).toEqual([1])
        expect(value).toEqual([1])
      })
    }

    testOfOnce('that is a once link is used up by the first payload that passes', async () => {
      const { events, linker, witness, job } = setStage(factory)
      const link = linker.once(Work, notes, { filter: ({ label = '' }) => label > 'b' })
      const labels = ['a', 'b', 'c', 'd']
      const reports = await Promise.all(labels.map((label) => events.emit(Work, job(label))))
      expect(reports.map(({ total }) => total)).toEqual([0, 0, 1, 0])
      expect(witness.labels('ran')).toEqual(['c'])
      expect(link.isActive).toBe(false)
    })

    testOfOnce('that is a once link makes one task where its filter emits the event again', async () => {
      const { events, linker, witness, job } = setStage(factory)
      const isOuter = ({ label }: Job): boolean => {
        if (label === 'outer') events.emit(Work, job('inner'))
        return true
      }
      linker.once(Work, notes, { filter: isOuter })
      const outer = await events.emit(Work, job('outer'))
      expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
      expect(outer.total).toBe(0)
      expect(witness.labels('ran')).toEqual(['inner'])
    })

    const misuses: Record<string, () => unknown> = {
      throws: () => {
        throw new RangeError('of filter')
      },
      'returns a promise': async () => Promise.resolve(false),
      'returns nothing': () => undefined,
    }
    for (const [what, misused] of Object.entries(misuses)) {
      test(`whose filter ${what} has its task rejected, and is there still; the other handlers run`, async () => {
        const { events, linker, witness, job } = setStage(factory)
        linker.on(Work, notes, { filter: misused as () => boolean, once })
        linker.on(Work, notesFirst)
        const emission = events.emit(Work, job('a'))
        expect(emission.status).toBe('running')
        const report = await emission.settled
        expect(statuses(report)).toEqual(['rejected', 'fulfilled'])
        const error = errorOf(report, notes)
        expect(error).toBeInstanceOf(LinkFunctionError)
        for (const part of ['filter', 'notes', Work.name]) expect((error as Error).message).toContain(part)
        expect(witness.testimonies.map(({ what: said }) => said)).toEqual(['first'])
        expect(linker.links(Work)).toHaveLength(2)
        expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 1, rejected: 1 })
      })
    }

    if (factory().capabilities.backpressure) {
      test('takes no room in the queue for what it keeps out', async () => {
        const { events, linker, witness, job } = setStage(factory, { maxQueue: 1, overflow: 'reject' })
        linker.on(Work, notes, { filter: () => false })
        linker.on(Work, notesFirst)
        expect(statuses(await events.emit(Work, job('a')))).toEqual(['fulfilled'])
        linker.on(Work, echoes)
        expect(thrownBy(() => events.emit(Work, job('b')))).toMatchObject({ code: 'ERR_QUEUE_FULL' })
        expect(witness.testimonies).toHaveLength(1)
        expect(await events.drain()).toMatchObject({ total: 1 })
      })

      test('that throws has no outcome where emit throws, and nothing has happened', async () => {
        const { events, linker, job } = setStage(factory, { maxQueue: 1, overflow: 'reject' })
        const failures: unknown[] = []
        linker.on(Work, notes, {
          filter: () => {
            throw new Error('of filter')
          },
          onFailure: (error) => failures.push(error),
        })
        linker.on(Work, notesFirst)
        linker.on(Work, echoes)
        expect(thrownBy(() => events.emit(Work, job('a')))).toMatchObject({ code: 'ERR_QUEUE_FULL' })
        expect(await events.drain()).toMatchObject({ total: 0, rejected: 0 })
        expect(failures).toEqual([])
      })
    }
  })
}
