import { EventEmitter, type HandlerContext } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  describesItself,
  echoes,
  holds,
  MoreWork,
  notes,
  notesFirst,
  notesSecond,
  notesThird,
  Work,
} from '../handlers.js'
import { setStage, statuses, valueOf } from '../stage.js'

/** When handlers start, which ones, and in what order. */
export function describeStartsAndOrder(factory: ExecutorFactory): void {
  describe('when a handler starts', () => {
    test('never inside emit', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, notes)
      const emission = events.emit(Work, job('a'))
      expect(emission.status).toBe('running')
      expect(emission.tasks.map(({ status }) => status)).toEqual(['pending'])
      expect(witness.labels('ran')).toEqual([])
      await emission
      expect(witness.labels('ran')).toEqual(['a'])
    })

    test('after the code that follows emit in the same turn, for local links too', async () => {
      const { events, linker, job } = setStage(factory)
      const order: string[] = []
      linker.on(Work, () => order.push('handler'), { local: true })
      const emission = events.emit(Work, job())
      order.push('after emit')
      await emission
      expect(order).toEqual(['after emit', 'handler'])
    })

    test('with what the emission is and where the handler runs in its context', async () => {
      const { events, executor, linker, job } = setStage(factory)
      linker.on(Work, describesItself)
      const emission = events.emit(Work, job())
      const seen = valueOf(await emission, describesItself)
      expect(seen).toMatchObject({
        event: Work.name,
        emissionId: emission.id,
        parentId: undefined,
        // On another machine, it is the one of the executor there.
        mode: executor.mode === 'remote' ? seen.mode : executor.mode,
        isPayload: true,
        aborted: false,
      })
      const isElsewhere = seen.pid !== process.pid || seen.threadId !== 0
      if (executor.capabilities.isolated) expect(isElsewhere).toBe(true)
      else expect(seen.pid).toBe(process.pid)
    })
  })

  describe('who gets an emission', () => {
    test('the links at the moment of emit, not those made after it in the same turn', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, notesFirst)
      const emission = events.emit(Work, job('a'))
      linker.on(Work, notesSecond)
      const report = await emission
      expect(report.total).toBe(1)
      expect(witness.testimonies.map(({ what }) => what)).toEqual(['first'])
    })

    test('nobody, where nothing is linked', async () => {
      const { events, job } = setStage(factory)
      const report = await events.emit(Work, job())
      expect(report).toMatchObject({ total: 0, fulfilled: 0, rejected: 0, cancelled: 0 })
    })

    test('only the links of that event', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, notesFirst)
      linker.on(MoreWork, notesSecond)
      await events.emit(MoreWork, job())
      expect(witness.testimonies.map(({ what }) => what)).toEqual(['second'])
    })

    test('not a link that is removed before its task starts: that task is cancelled', async () => {
      const { events, linker, witness, job } = setStage(factory)
      const link = linker.on(Work, notesFirst)
      linker.on(Work, notesSecond)
      const emission = events.emit(Work, job())
      link.unlink()
      const report = await emission.settled
      expect(statuses(report)).toEqual(['cancelled', 'fulfilled'])
      expect(witness.testimonies.map(({ what }) => what)).toEqual(['second'])
    })

    test('not a link that is removed while its task waits for a worker', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(MoreWork, holds)
      linker.on(MoreWork, notes)
      linker.on(Work, notes)
      const busy = events.emit(MoreWork, job('busy'))
      await witness.heard('started')
      const waiting = events.emit(Work, job('waiting'))
      expect(linker.off(Work, notes)).toBe(true)
      witness.open()
      expect(statuses(await busy)).toEqual(['fulfilled', 'fulfilled'])
      expect(statuses(await waiting.settled)).toEqual(['cancelled'])
      expect(witness.labels('ran')).toEqual(['busy'])
    })
  })

  describe('in what order handlers start', () => {
    test('link order within an emission and emit order across emissions, with one lane', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      for (const handler of [notesThird, notesFirst, notesSecond]) linker.on(Work, handler)
      const labels = Array.from({ length: 40 }, (_, index) => String(index))
      for (const label of labels) events.emit(Work, job(label))
      await events.drain()
      const expected = labels.flatMap((label) => [`third ${label}`, `first ${label}`, `second ${label}`])
      expect(witness.testimonies.map(({ what, label }) => `${what} ${label}`)).toEqual(expected)
    })

    test('emit order, also when an emission of a new handler is followed by ones of known handlers', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, notesFirst)
      await events.emit(Work, job('known'))
      linker.on(MoreWork, notesSecond)
      events.emit(MoreWork, job('new'))
      events.emit(Work, job('known again'))
      await events.drain()
      expect(witness.testimonies.map(({ label }) => label)).toEqual(['known', 'new', 'known again'])
    })

    test('emissions of two emitters that share an executor do not mix their reports up', async () => {
      const { events, executor, linker, job } = setStage(factory)
      const other = new EventEmitter({ executor, linker, ownsExecutor: false })
      linker.on(Work, echoes)
      linker.on(Work, notes)
      const emissions = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? events : other).emit(Work, job('', { value: [index] })),
      )
      const reports = await Promise.all(emissions)
      expect(reports.map((report) => valueOf(report, echoes))).toEqual(reports.map((_, index) => [index]))
      expect(await other.shutdown()).toMatchObject({ total: 20, fulfilled: 20 })
    })
  })

  describe('local links', () => {
    test("run closures in the emitter's realm, beside handlers that run elsewhere", async () => {
      const { events, linker, witness, job } = setStage(factory)
      const seen: unknown[] = []
      const local = (work: { label?: string }, { mode }: HandlerContext): number =>
        seen.push(work.label, mode)
      linker.on(Work, local, { local: true })
      linker.on(Work, notes)
      const report = await events.emit(Work, job('a'))
      expect(seen).toEqual(['a', 'main-event-loop-async'])
      expect(valueOf(report, local)).toBe(2)
      expect(witness.labels('ran')).toEqual(['a'])
    })

    test('get copies of the payload as others do', async () => {
      const { events, executor, linker, job } = setStage(factory)
      const values: unknown[] = []
      linker.on(Work, ({ value }) => values.push(value), { local: true })
      linker.on(Work, ({ value }) => (value as unknown[]).push('changed'), { local: true })
      const payload = job('', { value: [1] })
      await events.emit(Work, payload)
      const changed = executor.capabilities.portable ? [1] : [1, 'changed']
      expect(values).toEqual([changed])
      expect(payload.value).toEqual(changed)
    })

    test('go on when every worker is busy', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(MoreWork, holds)
      events.emit(MoreWork, job())
      await witness.heard('started')
      const local = (): string => 'local'
      linker.on(Work, local, { local: true })
      const emission = events.emit(Work, job())
      // Where handlers share the emitter's realm, local ones take their turn among the others.
      if (!executor.capabilities.isolated) witness.open()
      expect(valueOf(await emission, local)).toBe('local')
      expect(executor.stats().running).toBe(executor.capabilities.isolated ? 1 : 0)
    })
  })
}
