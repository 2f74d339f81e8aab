import { PayloadNotPortableError, type HandlerContext, type Metadata } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  ChildWork,
  emitsChild,
  failsAtFirst,
  Money,
  notes,
  tellsMetadata,
  Work,
  type Job,
} from '../handlers.js'
import { setStage, statuses, testWhere, thrownBy, valueOf } from '../stage.js'

const METADATA: Metadata = {
  tenant: 'acme',
  at: new Date(0),
  tags: ['a'],
  counts: new Map([['a', 1n]]),
  price: new Money(5n, 'EUR'),
}

/** What travels with an emission beside its payload. */
export function describeMetadata(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  describe('metadata', () => {
    test('reaches the handlers in every realm, with all that a payload may hold', async () => {
      const { events, linker, job } = setStage(factory)
      const found: Metadata[] = []
      const local = (_: Job, { metadata }: HandlerContext): unknown => found.push(metadata)
      linker.on(Work, tellsMetadata)
      linker.on(Work, local, { local: true })
      const report = await events.emit(Work, job(), { metadata: METADATA })
      expect(valueOf(report, tellsMetadata)).toEqual(METADATA)
      expect(found).toEqual([METADATA])
    })

    test('is empty where there is none', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, tellsMetadata)
      expect(valueOf(await events.emit(Work, job()), tellsMetadata)).toEqual({})
    })

    test('is a copy of its own for each handler, and what the caller does to its own later is seen by nobody', async () => {
      const { events, linker, job } = setStage(factory)
      const tags = ['a']
      const seen: unknown[] = []
      linker.on(Work, tellsMetadata)
      linker.on(Work, (_, { metadata }) => seen.push(metadata), { local: true })
      const onSuccess = (_: unknown, { metadata }: { metadata: Metadata }): unknown => seen.push(metadata)
      linker.on(Work, notes, { onSuccess })
      const emission = events.emit(Work, job(), { metadata: { tags } })
      tags.push('later')
      await emission
      expect(seen).toEqual([{ tags: ['a'] }, { tags: ['a'] }])
      expect(tags).toEqual(['a', 'later'])
    })

    testOfEmitting('is inherited by what handlers emit, and by what the handlers of that emit', async () => {
      const { events, linker, job } = setStage(factory)
      const found: unknown[] = []
      const onSuccess = (value: unknown): unknown => found.push(value)
      linker.on(Work, emitsChild)
      linker.on(ChildWork, tellsMetadata, { onSuccess })
      linker.on(ChildWork, (_, { metadata }) => found.push(metadata), { local: true })
      events.emit(Work, job(), { metadata: METADATA })
      await events.drain()
      expect(found).toEqual([METADATA, METADATA])
    })

    test('does not get from one emission into another', async () => {
      const { events, linker, job } = setStage(factory)
      const found: unknown[] = []
      const onSuccess = (value: unknown): unknown => found.push(value)
      linker.on(Work, tellsMetadata, { onSuccess })
      for (const metadata of [{ of: 1 }, undefined, { of: 3 }]) {
        await events.emit(Work, job(), metadata === undefined ? {} : { metadata })
      }
      expect(found).toEqual([{ of: 1 }, {}, { of: 3 }])
    })

    test('is there at every attempt', async () => {
      const { events, linker, job } = setStage(factory)
      const found: unknown[] = []
      linker.on(Work, failsAtFirst, { retry: { attempts: 2, delayMs: 1 } })
      events.use({ beforeHandle: ({ attempt, metadata }) => found.push([attempt, metadata]) })
      await events.emit(Work, job('', { failures: 1 }), { metadata: { tenant: 'acme' } })
      expect(found).toEqual([
        [1, { tenant: 'acme' }],
        [2, { tenant: 'acme' }],
      ])
    })

    test('that is not portable is refused by emit, whatever the executor, and nothing has happened', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, notes)
      const error = thrownBy(() => events.emit(Work, job(), { metadata: { tenant: () => 'acme' } }))
      expect(error).toBeInstanceOf(PayloadNotPortableError)
      expect((error as Error).message).toContain('metadata.tenant')
      expect((error as Error).message).toContain(Work.name)
      expect(await events.drain()).toMatchObject({ total: 0 })
      expect(statuses(await events.emit(Work, job('next')))).toEqual(['fulfilled'])
      expect(witness.labels('ran')).toEqual(['next'])
    })
  })
}
