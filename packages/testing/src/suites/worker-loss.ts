import { WorkerLostError } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  crashes,
  describesItself,
  exits,
  exitsLater,
  holds,
  leavesABomb,
  MoreWork,
  notes,
  rejectsUnhandled,
  ChildWork,
  Work,
} from '../handlers.js'
import { quick } from '../modules/slow-import.js'
import { returnsWorkersOwn, throwsWorkersOwn } from '../modules/worker-only-class.js'
import { errorOf, setStage, statuses, valueOf } from '../stage.js'
import { until } from '../witness.js'

/** What becomes of tasks whose worker ends. */
export function describeWorkerLoss(factory: ExecutorFactory): void {
  describe('when a worker dies', () => {
    if (!factory().capabilities.isolated) {
      test('there is none that could: handlers live and die with the program', async () => {
        const { events, executor, linker, job } = setStage(factory)
        linker.on(Work, notes)
        await events.emit(Work, job())
        expect(executor.stats()).toMatchObject({ workers: 0, workersLost: 0 })
      })
      return
    }

    for (const exitCode of [0, 3]) {
      test(`by process.exit(${exitCode}) in a handler, the task is rejected with the code and the culprit`, async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 1 })
        linker.on(Work, exits)
        linker.on(MoreWork, notes)
        const error = errorOf(await events.emit(Work, job('', { exitCode })).settled, exits)
        expect(error).toBeInstanceOf(WorkerLostError)
        expect(error).toMatchObject({ code: 'ERR_WORKER_LOST', exitCode, exitSignal: undefined })
        expect((error as WorkerLostError).culprit).toContain('exits')
        expect(['yes', 'unknown']).toContain((error as WorkerLostError).started)
        expect((error as Error).message).toContain(`exited with code ${exitCode}`)
        expect((error as Error).message).toContain(Work.name)
        expect(executor.stats()).toMatchObject({ workersLost: 1, running: 0, queued: 0 })
        expect(statuses(await events.emit(MoreWork, job('next')))).toEqual(['fulfilled'])
        expect(witness.labels('ran')).toEqual(['next'])
      })
    }

    test('by an uncaught exception, the task is rejected and the worker replaced', async () => {
      const { events, executor, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, crashes)
      linker.on(MoreWork, notes)
      const error = errorOf(await events.emit(Work, job()).settled, crashes)
      expect(error).toBeInstanceOf(WorkerLostError)
      expect(error).toMatchObject({ culprit: expect.stringContaining('crashes') as unknown })
      expect((error as WorkerLostError).exitCode).not.toBe(0)
      expect(statuses(await events.emit(MoreWork, job()))).toEqual(['fulfilled'])
      expect(executor.stats().workersLost).toBe(1)
    })

    test('by an unhandled rejection, the task is rejected and the worker replaced', async () => {
      const { events, executor, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, rejectsUnhandled)
      linker.on(MoreWork, notes)
      const error = errorOf(await events.emit(Work, job()).settled, rejectsUnhandled)
      expect(error).toBeInstanceOf(WorkerLostError)
      expect(error).toMatchObject({ culprit: expect.stringContaining('rejectsUnhandled') as unknown })
      expect(statuses(await events.emit(MoreWork, job()))).toEqual(['fulfilled'])
      expect(executor.stats().workersLost).toBe(1)
    })

    test('by what a finished handler left behind, nobody else notices', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1 })
      linker.on(Work, leavesABomb)
      linker.on(MoreWork, notes)
      expect(statuses(await events.emit(Work, job('', { gate: 'bomb' })))).toEqual(['fulfilled'])
      witness.open('bomb')
      await until(() => executor.stats().workersLost === 1, 'the worker is lost')
      expect(statuses(await events.emit(MoreWork, job()))).toEqual(['fulfilled'])
    })

    test('tasks that had certainly not started run elsewhere, once', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, exitsLater)
      linker.on(MoreWork, notes)
      linker.on(ChildWork, notes)
      await events.emit(MoreWork, job('before'))
      const lost = events.emit(Work, job('', { gate: 'exit' }))
      await witness.heard('started')
      const waiting = Array.from({ length: 30 }, (_, index) => events.emit(MoreWork, job(String(index))))
      witness.open('exit')
      expect(errorOf(await lost.settled, exitsLater)).toBeInstanceOf(WorkerLostError)
      for (const emission of waiting) expect(statuses(await emission)).toEqual(['fulfilled'])
      expect(witness.labels('ran')).toEqual(['before', ...waiting.map((_, index) => String(index))])
    })

    test('other workers and their tasks are not touched', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 1 })
      linker.on(Work, holds)
      linker.on(MoreWork, exits)
      const held = events.emit(Work, job('held', { gate: 'held' }))
      await witness.heard('started')
      errorOf(await events.emit(MoreWork, job()).settled, exits)
      expect(executor.stats()).toMatchObject({ workersLost: 1, running: 1 })
      witness.open('held')
      expect(valueOf(await held, holds)).toBe('held')
    })

    test('its neighbours on the same worker are lost with it, each settling once', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 3 })
      linker.on(Work, holds)
      linker.on(MoreWork, exitsLater)
      const held = [events.emit(Work, job('a', { gate: 'a' })), events.emit(Work, job('b', { gate: 'b' }))]
      const exiting = events.emit(MoreWork, job('', { gate: 'exit', exitCode: 4 }))
      await witness.heard('started', 3)
      witness.open('exit')
      for (const emission of held) {
        const error = errorOf(await emission.settled, holds)
        expect(error).toBeInstanceOf(WorkerLostError)
        expect(error).toMatchObject({ exitCode: 4 })
        expect((error as Error).message).toContain('holds')
      }
      expect(errorOf(await exiting.settled, exitsLater)).toBeInstanceOf(WorkerLostError)
      expect(executor.stats()).toMatchObject({ workersLost: 1, running: 0 })
      expect(await events.drain()).toMatchObject({ total: 3, rejected: 3 })
    })

    test('a new handler that was being looked up in it is looked up elsewhere', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 3 })
      linker.once(Work, exitsLater)
      const lost = events.emit(Work, job('', { gate: 'exit' }))
      linker.on(Work, holds)
      const held = events.emit(Work, job('', { gate: 'never' }))
      await witness.heard('started', 2)
      linker.on(MoreWork, quick)
      // Its module takes long to import.
      const waiting = events.emit(MoreWork, job('new'))
      witness.open('exit')
      expect(statuses(await lost.settled)).toEqual(['rejected'])
      expect(statuses(await held.settled)).toEqual(['rejected'])
      expect(statuses(await waiting.settled)).toEqual(['fulfilled'])
      expect(witness.labels('ran')).toEqual(['new'])
    })

    test('again and again, the pool heals', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 2 })
      linker.on(Work, exits)
      linker.on(MoreWork, notes)
      for (let round = 0; round < 5; round += 1) {
        const lost = events.emit(Work, job('', { exitCode: round }))
        const kept = events.emit(MoreWork, job(String(round)))
        expect(errorOf(await lost.settled, exits)).toMatchObject({ exitCode: round })
        expect((await kept.settled).total).toBe(1)
      }
      expect(executor.stats().workersLost).toBe(5)
      const { total, fulfilled, rejected } = await events.drain()
      expect([total, fulfilled + rejected]).toEqual([10, 10])
      expect(new Set(witness.labels('ran')).size).toBe(witness.labels('ran').length)
    })

    test('all tasks of a batch in which every handler exits settle, and none runs twice', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2 })
      linker.on(Work, exits)
      for (let index = 0; index < 6; index += 1) void events.emit(Work, job(String(index))).settled
      expect(await events.drain()).toEqual({
        total: 6,
        fulfilled: 0,
        rejected: 6,
        cancelled: 0,
        dropped: 0,
        handedOver: 0,
      })
      const started = witness.labels('started')
      expect(new Set(started).size).toBe(started.length)
    })

    test('the next worker has an address of its own', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      linker.on(MoreWork, describesItself)
      linker.on(Work, exits)
      const before = valueOf(await events.emit(MoreWork, job()), describesItself)
      errorOf(await events.emit(Work, job()).settled, exits)
      const after = valueOf(await events.emit(MoreWork, job()), describesItself)
      expect([after.pid, after.threadId]).not.toEqual([before.pid, before.threadId])
    })
  })

  if (!factory().capabilities.isolated) return

  describe('what the emitter cannot read', () => {
    test('a result of a class that only the worker has registered rejects its task, and nothing else', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, returnsWorkersOwn)
      linker.on(Work, notes)
      const report = await events.emit(Work, job()).settled
      expect(statuses(report)).toEqual(['rejected', 'fulfilled'])
      expect(errorOf(report, returnsWorkersOwn)).toMatchObject({ code: 'ERR_PAYLOAD_DECODE' })
    })

    test('an error that holds such an instance rejects its task, and nothing else', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, throwsWorkersOwn)
      linker.on(Work, notes)
      const report = await events.emit(Work, job()).settled
      expect(statuses(report)).toEqual(['rejected', 'fulfilled'])
      expect(errorOf(report, throwsWorkersOwn)).toBeInstanceOf(Error)
    })
  })
}
