import type { EndedTask, StartedTask } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  ChildWork,
  describesItself,
  echoes,
  emitsChild,
  exits,
  failsAtFirst,
  holds,
  notes,
  notesFirst,
  tellsMetadata,
  throwsIt,
  Work,
} from '../handlers.js'
import { setStage, statuses, testWhere, thrownBy, valueOf, warningsOf } from '../stage.js'

/** What is called around emissions and their handlers. */
export function describeHooks(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  const { isolated, once = true } = factory().capabilities

  describe('hooks', () => {
    test('are told of an emission, of each handler, and of the end, in that order', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      const seen: unknown[] = []
      linker.on(Work, notes)
      events.use({
        beforeEmit: ({ event, emissionId }) => void seen.push(['beforeEmit', event, emissionId]),
        beforeHandle: ({ event, emissionId, attempt }) =>
          seen.push(['beforeHandle', event, emissionId, attempt]),
        afterHandle: ({ event, emissionId, outcome }) =>
          seen.push(['afterHandle', event, emissionId, outcome.status]),
        afterEmit: ({ event, emissionId, report }) =>
          seen.push(['afterEmit', event, emissionId, report.total]),
      })
      const emission = events.emit(Work, job())
      await emission
      await events.drain()
      expect(seen).toEqual([
        ['beforeEmit', Work.name, emission.id],
        ['beforeHandle', Work.name, emission.id, 1],
        ['afterHandle', Work.name, emission.id, 'fulfilled'],
        ['afterEmit', Work.name, emission.id, 1],
      ])
    })

    test('see handler, payload and result as copies of their own', async () => {
      const { events, linker, job } = setStage(factory)
      const starts: StartedTask[] = []
      const ends: EndedTask[] = []
      linker.on(Work, echoes)
      events.use({
        beforeEmit: ({ payload }) => {
          expect(payload).toMatchObject({ value: [1n] })
        },
        beforeHandle: (task) => starts.push(task),
        afterHandle: (task) => ends.push(task),
      })
      const report = await events.emit(Work, job('', { value: [1n] }))
      await events.drain()
      expect(starts).toMatchObject([{ payload: { value: [1n] }, attempt: 1, metadata: {} }])
      expect(starts[0]?.handler).toContain('echoes')
      expect(starts[0]?.address).toMatchObject({ name: 'echoes' })
      expect(ends).toMatchObject([
        { payload: { value: [1n] }, outcome: { status: 'fulfilled', value: [1n] } },
      ])
      expect(valueOf(report, echoes)).toEqual([1n])
    })

    testOfEmitting(
      'can add metadata in beforeEmit, which travels to the handlers and to what they emit',
      async () => {
        const { events, linker, job } = setStage(factory)
        const found: unknown[] = []
        const onSuccess = (value: unknown): unknown => found.push(value)
        linker.on(Work, tellsMetadata, { onSuccess })
        linker.on(Work, emitsChild)
        linker.on(ChildWork, tellsMetadata, { onSuccess })
        events.use({
          beforeEmit: ({ event, metadata }) => {
            if (event === Work.name) metadata.trace = `${String(metadata.tenant)}-1`
          },
        })
        events.use({ beforeEmit: ({ metadata }) => void (metadata.second = metadata.trace) })
        events.emit(Work, job(), { metadata: { tenant: 'acme' } })
        await events.drain()
        const metadata = { tenant: 'acme', trace: 'acme-1', second: 'acme-1' }
        expect(found).toEqual([metadata, metadata])
      },
    )

    test('veto an emission by throwing in beforeEmit: emit throws that, and nothing has happened', async () => {
      const { events, linker, witness, job } = setStage(factory)
      const told: unknown[] = []
      linker.on(Work, notes, { once })
      const veto = new RangeError('no')
      const hooks = events.use({
        beforeEmit: () => {
          throw veto
        },
      })
      events.use({ beforeEmit: () => void told.push('after it'), afterEmit: () => told.push('afterEmit') })
      expect(thrownBy(() => events.emit(Work, job('vetoed')))).toBe(veto)
      expect(await events.drain()).toMatchObject({ total: 0 })
      expect(told).toEqual([])
      hooks.remove()
      expect(statuses(await events.emit(Work, job('next')))).toEqual(['fulfilled'])
      expect(witness.labels('ran')).toEqual(['next'])
    })

    testOfEmitting('veto what a handler emits: its context.emit rejects with that', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, emitsChild)
      linker.on(ChildWork, notes)
      events.use({
        beforeEmit: ({ event, parentId }) => {
          if (parentId !== undefined) throw new RangeError(`no ${event}`)
        },
      })
      const report = await events.emit(Work, job()).settled
      expect(report.of(emitsChild)).toMatchObject({
        status: 'rejected',
        error: { message: `no ${ChildWork.name}` },
      })
      expect(await events.drain()).toMatchObject({ total: 1 })
    })

    test('are told of each attempt, and of its own outcome', async () => {
      const { events, linker, job } = setStage(factory)
      const seen: unknown[] = []
      linker.on(Work, failsAtFirst, { retry: { attempts: 3, delayMs: 1 } })
      events.use({
        beforeHandle: ({ attempt }) => seen.push(attempt),
        afterHandle: ({ attempt, outcome }) => seen.push([attempt, outcome.attempt, outcome.status]),
      })
      await events.emit(Work, job('', { failures: 1 }))
      await events.drain()
      expect(seen).toEqual([1, [1, 1, 'rejected'], 2, [2, 2, 'fulfilled']])
    })

    test('are told of failures, which are reported all the same', async () => {
      const { events, linker, job } = setStage(factory)
      const seen: unknown[] = []
      linker.on(Work, throwsIt)
      events.use({
        afterHandle: ({ outcome }) => seen.push(outcome),
        afterEmit: ({ report }) => seen.push(report.error),
      })
      const warnings = await warningsOf(async () => {
        events.emit(Work, job())
        await events.drain()
      })
      expect(seen).toMatchObject([
        { status: 'rejected', error: { code: 'ERR_CODED' } },
        { code: 'ERR_EMISSION' },
      ])
      expect(warnings).toHaveLength(1)
    })

    test('are not told of tasks that never started, but in the report', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      const seen: unknown[] = []
      linker.on(Work, holds, { order: 'serial' })
      events.use({
        beforeHandle: () => seen.push('start'),
        afterHandle: ({ outcome }) => seen.push(outcome.status),
        afterEmit: ({ report }) => seen.push(report.outcomes.map(({ status }) => status)),
      })
      events.emit(Work, job('first'))
      await witness.heard('started')
      events.emit(Work, job('waiting')).cancel('enough')
      witness.open()
      await events.drain()
      expect(seen).toEqual(['start', ['cancelled'], 'fulfilled', ['fulfilled']])
    })

    testWhere(factory().mode !== 'remote')(
      'that cancel the emission when a task starts keep its handler from running',
      async () => {
        const { events, linker, witness, job } = setStage(factory, { workers: 1 })
        linker.on(Work, notes)
        linker.on(ChildWork, notesFirst)
        const hooks = events.use({ beforeHandle: () => emission.cancel('by a hook') })
        const emission = events.emit(Work, job('cancelled'))
        expect(statuses(await emission.settled)).toEqual(['cancelled'])
        hooks.remove()
        expect(statuses(await events.emit(ChildWork, job('next')))).toEqual(['fulfilled'])
        expect(witness.labels('ran')).toEqual([])
      },
    )

    test('whose errors nobody waits for are reported, and change nothing else', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, notes)
      events.use({
        beforeHandle: () => {
          throw new RangeError('of beforeHandle')
        },
        afterHandle: () => {
          throw new RangeError('of afterHandle')
        },
        afterEmit: async () => {
          await Promise.resolve()
          throw new RangeError('of afterEmit')
        },
      })
      const warnings = await warningsOf(async () => {
        expect(statuses(await events.emit(Work, job()))).toEqual(['fulfilled'])
        await events.drain()
      })
      expect(warnings).toHaveLength(3)
      for (const hook of ['beforeHandle', 'afterHandle', 'afterEmit']) {
        expect(
          warnings.some((warning) => warning.includes(`of ${hook}`) && warning.includes(`hook ${hook}`)),
        ).toBe(true)
      }
    })

    test('run in the realm of the emitter', async () => {
      const { events, linker, job } = setStage(factory)
      const local: string[] = []
      linker.on(Work, describesItself)
      events.use({
        beforeHandle: () => local.push('beforeHandle'),
        afterHandle: () => local.push('afterHandle'),
      })
      await events.emit(Work, job())
      expect(local).toEqual(['beforeHandle', 'afterHandle'])
    })

    if (isolated) {
      test('are told once of a start and an end where the worker is lost', async () => {
        const { events, linker, job } = setStage(factory, { workers: 1 })
        const seen: string[] = []
        linker.on(Work, exits)
        linker.on(ChildWork, notes)
        events.use({
          beforeHandle: ({ event }) => seen.push(`start ${event}`),
          afterHandle: ({ event, outcome }) => seen.push(`${outcome.status} ${event}`),
        })
        events.emit(Work, job())
        for (let count = 0; count < 20; count += 1) events.emit(ChildWork, job())
        const counts = await events.drain()
        expect(seen.filter((what) => what.startsWith('start'))).toHaveLength(counts.total)
        expect(seen.filter((what) => !what.startsWith('start'))).toHaveLength(counts.total)
      })
    }
  })
}
