import { InvalidPayloadError, PayloadNotPortableError, type HandlerContext } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  ChildWork,
  describesItself,
  emitsChild,
  emitsLate,
  emitsMeasured,
  emitsRefused,
  holds,
  Measured,
  notes,
  recurses,
  recursesHeedlessly,
  Work,
  type Job,
} from '../handlers.js'
import { setStage, statuses, testWhere, valueOf } from '../stage.js'

/** Emitting from within handlers. */
export function describeContextEmit(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  const { portable } = factory().capabilities

  describe('context.emit', () => {
    if (factory().capabilities.emitsElsewhere) {
      test('goes out from where the handler runs: the emitter neither runs nor counts what it emits', async () => {
        const { events, linker, witness, job } = setStage(factory)
        linker.on(Work, emitsChild)
        linker.on(ChildWork, notes)
        expect(statuses(await events.emit(Work, job()))).toEqual(['fulfilled'])
        expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
        expect(witness.labels('ran')).toEqual([])
      })
    }

    testOfEmitting(
      'emits from the emitter that dispatched the task, as a child of its emission',
      async () => {
        const { events, linker, job } = setStage(factory)
        const parents: unknown[] = []
        const child = (work: Job, { parentId, emissionId }: HandlerContext): void => {
          parents.push(work.label, parentId, emissionId)
        }
        linker.on(Work, emitsChild)
        linker.on(ChildWork, child, { local: true })
        const emission = events.emit(Work, job('parent'))
        expect(valueOf(await emission, emitsChild)).toBe(emission.id)
        await events.drain()
        expect(parents).toEqual(['child of parent', emission.id, expect.any(String)])
        expect(parents[2]).not.toBe(emission.id)
      },
    )

    testOfEmitting('tells the child its parent in every realm', async () => {
      const seen: ({ parentId?: string | undefined } | undefined)[] = []
      const onSuccess = (value: unknown): number => seen.push(value as { parentId?: string | undefined })
      const { events, linker, job } = setStage(factory)
      linker.on(Work, emitsChild)
      linker.on(ChildWork, describesItself, { onSuccess })
      const emission = events.emit(Work, job('parent'))
      await events.drain()
      expect(seen).toMatchObject([{ parentId: emission.id, event: ChildWork.name }])
    })

    testOfEmitting('reaches local handlers of the emitter, through the schema', async () => {
      const { events, linker, job } = setStage(factory)
      const lengths: number[] = []
      linker.on(Work, emitsMeasured)
      linker.on(Measured, (length) => lengths.push(length), { local: true })
      events.emit(Work, job('', { value: 'seven..' }))
      await events.drain()
      expect(lengths).toEqual([7])
    })

    test('throws in the handler, at once, for a payload that is refused', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, emitsRefused)
      linker.on(ChildWork, notes)
      const [invalid, unportable] = valueOf(await events.emit(Work, job()), emitsRefused)
      expect(invalid).toBeInstanceOf(InvalidPayloadError)
      expect((invalid as Error).message).toContain('payload.text')
      if (portable) {
        expect(unportable).toBeInstanceOf(PayloadNotPortableError)
        expect((unportable as Error).message).toContain('payload.value[0].onClick')
        expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
      }
    })

    testOfEmitting('resolves when the child is admitted, not when it has settled', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, emitsChild)
      linker.on(ChildWork, holds)
      const parent = events.emit(Work, job('parent', { gate: 'held' }))
      expect(statuses(await parent)).toEqual(['fulfilled'])
      await witness.heard('started')
      expect(witness.labels('ended')).toEqual([])
      witness.open('held')
      expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 2 })
    })

    test('is refused after the task has ended', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, emitsLate)
      linker.on(ChildWork, notes)
      await events.emit(Work, job('', { gate: 'late' }))
      witness.open('late')
      await witness.heard('LateEmissionError')
      expect(await events.drain()).toMatchObject({ total: 1 })
    })

    testOfEmitting('stops at maxDepth', async () => {
      const { events, linker, witness, job } = setStage(factory, {}, { maxDepth: 5 })
      linker.on(Work, recurses)
      events.emit(Work, job())
      expect(await events.drain()).toMatchObject({ total: 6, fulfilled: 6 })
      expect(witness.labels('ran')).toHaveLength(6)
      expect(witness.labels('EmissionDepthError')).toHaveLength(1)
    })

    testOfEmitting(
      'a refusal that nobody awaits brings neither the worker nor the program down',
      async () => {
        const { events, executor, linker, witness, job } = setStage(factory, {}, { maxDepth: 2 })
        linker.on(Work, recursesHeedlessly)
        const uncaught: unknown[] = []
        const onUncaught = (error: unknown): number => uncaught.push(error)
        const listeners = process.listeners('unhandledRejection')
        process.removeAllListeners('unhandledRejection')
        process.on('unhandledRejection', onUncaught)
        try {
          events.emit(Work, job())
          expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 3 })
          linker.on(ChildWork, notes)
          expect(statuses(await events.emit(ChildWork, job('after')))).toEqual(['fulfilled'])
        } finally {
          process.off('unhandledRejection', onUncaught)
          for (const listener of listeners) process.on('unhandledRejection', listener)
        }
        expect(uncaught).toEqual([])
        expect(executor.stats().workersLost).toBe(0)
        expect(witness.labels('ran')).toHaveLength(4)
      },
    )

    testOfEmitting('many handlers at once lose nothing', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 8 })
      linker.on(Work, emitsChild)
      linker.on(ChildWork, notes)
      for (let index = 0; index < 200; index += 1) events.emit(Work, job(String(index)))
      expect(await events.drain()).toMatchObject({ total: 400, fulfilled: 400 })
      expect(new Set(witness.labels('ran')).size).toBe(200)
    })
  })
}
