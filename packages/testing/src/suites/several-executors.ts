import { EventEmitter, EventLinker, InvalidOptionError, QueueFullError } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory, ExecutorFactoryOptions } from '../executor-factory.js'
import { ChildWork, echoes, emitsChild, holds, MoreWork, notes, Work } from '../handlers.js'
import { setStage, statuses, thrownBy, valueOf } from '../stage.js'

const NARROW: ExecutorFactoryOptions = { workers: 1, concurrency: 1, maxQueue: 1 }

/** An executor beside another of its kind, in one emitter. */
export function describeSeveralExecutors(factory: ExecutorFactory): void {
  const executor = factory()
  const { capabilities } = executor

  describe('beside another executor', () => {
    if (!('reserve' in executor)) {
      test('that cannot reserve room either, it is refused', () => {
        const executors = { other: factory() }
        const linker = new EventLinker()
        expect(thrownBy(() => new EventEmitter({ executor: factory(), executors, linker }))).toBeInstanceOf(
          InvalidOptionError,
        )
      })
      return
    }

    test('it shares an emission, and each runs its own handlers', async () => {
      const { events, linker, job } = setStage(factory, {}, { executors: { other: factory() } })
      linker.on(Work, notes)
      linker.on(Work, echoes, { executor: 'other' })
      const report = await events.emit(Work, job('both', { value: [1n] }))
      expect(valueOf(report, notes)).toBe('both')
      expect(valueOf(report, echoes)).toEqual([1n])
      expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 2 })
    })

    test('handlers of the one emit to those of the other', async () => {
      const { events, linker, witness, job } = setStage(factory, {}, { executors: { other: factory() } })
      linker.on(Work, emitsChild, { executor: 'other' })
      linker.on(MoreWork, emitsChild)
      linker.on(ChildWork, notes)
      linker.on(ChildWork, echoes, { executor: 'other' })
      events.emit(Work, job('a'))
      events.emit(MoreWork, job('b'))
      expect(await events.drain()).toMatchObject({ total: 6, fulfilled: 6 })
      expect(witness.labels('ran').sort()).toEqual(['child of a', 'child of b'])
    })

    if (!capabilities.backpressure) return

    for (const [which, full] of [
      ['it', {}],
      ['the other', { executor: 'other' }],
    ] as const) {
      test(`neither is given a task where ${which} is full, and both are when there is room`, async () => {
        const executors = { other: factory(NARROW) }
        const { events, linker, witness, job } = setStage(factory, NARROW, { executors })
        linker.on(MoreWork, holds, full)
        linker.on(Work, notes)
        linker.on(Work, echoes, { executor: 'other' })
        events.emit(MoreWork, job('runs', { gate: 'held' }))
        await witness.heard('started')
        const waiting = events.emit(MoreWork, job('waits', { gate: 'held' }))
        for (let attempt = 0; attempt < 3; attempt += 1)
          expect(thrownBy(() => events.emit(Work, job('refused')))).toBeInstanceOf(QueueFullError)
        witness.open('held')
        await waiting
        expect(statuses(await events.emit(Work, job('taken')))).toEqual(['fulfilled', 'fulfilled'])
        expect(witness.labels('ran')).toEqual(['taken'])
        expect(await events.drain()).toMatchObject({ total: 4, fulfilled: 4 })
      })
    }
  })
}
