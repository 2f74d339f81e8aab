import { addressOf, WorkerLostError } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  crashes,
  describesItself,
  echoes,
  exits,
  exitsLater,
  holds,
  leavesABomb,
  MoreWork,
  notes,
  RegisteredError,
  rejectsUnhandled,
  ChildWork,
  Work,
} from '../handlers.js'
import { unreachable as exitsAtImport } from '../modules/exits-at-import.js'
import { quick } from '../modules/slow-import.js'
import { returnsWorkersOwn, throwsWorkersOwn } from '../modules/worker-only-class.js'
import { errorOf, setStage, statuses, testWhere, valueOf } from '../stage.js'
import { until } from '../witness.js'

/** What becomes of tasks whose worker ends. */
export function describeWorkerLoss(factory: ExecutorFactory): void {
  const testOfFinding = testWhere(factory().capabilities.findsHandlers ?? true)
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

    test('the error has in fields what its message says', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, exits)
      const emission = events.emit(Work, job('', { exitCode: 3 }))
      const error = errorOf(await emission.settled, exits) as WorkerLostError
      expect(error).toMatchObject({
        reason: 'exited with code 3',
        exitCode: 3,
        exitSignal: undefined,
        event: Work.name,
        emissionId: emission.id,
        address: addressOf(exits),
      })
      for (const text of [Work.name, emission.id, 'exits', error.reason])
        expect(error.message).toContain(text)
    })

    for (const handler of [crashes, rejectsUnhandled]) {
      test(`because of ${handler.name}, the cause is the uncaught error, with its class and its fields`, async () => {
        const { events, linker, job } = setStage(factory, { workers: 1 })
        linker.on(Work, handler)
        const error = errorOf(await events.emit(Work, job('', { how: 'registered' })).settled, handler)
        expect(error).toBeInstanceOf(WorkerLostError)
        expect((error as WorkerLostError).cause).toBeInstanceOf(RegisteredError)
        expect((error as WorkerLostError).cause).toMatchObject({ items: [1, 2, 3] })
        expect((error as WorkerLostError).reason).toContain('RegisteredError: registered')
      })
    }

    for (const how of ['null', 'undefined', 'string', 'symbol', 'with getters that throw'] as const) {
      test(`because ${how} was thrown where nobody catches it, the task is rejected and names the culprit`, async () => {
        const { events, executor, linker, job } = setStage(factory, { workers: 1 })
        linker.on(Work, crashes)
        linker.on(MoreWork, notes)
        const error = errorOf(await events.emit(Work, job('', { how })).settled, crashes)
        expect(error).toBeInstanceOf(WorkerLostError)
        expect((error as WorkerLostError).culprit).toContain('crashes')
        expect(statuses(await events.emit(MoreWork, job()))).toEqual(['fulfilled'])
        expect(executor.stats().workersLost).toBe(1)
      })
    }

    for (const handler of [crashes, rejectsUnhandled, exitsLater]) {
      test(`because of ${handler.name}, its neighbours are told who it was`, async () => {
        const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 3 })
        linker.on(Work, holds)
        linker.on(MoreWork, handler)
        const held = [events.emit(Work, job('a', { gate: 'a' })), events.emit(Work, job('b', { gate: 'b' }))]
        const dying = events.emit(MoreWork, job('', { gate: 'die', exitCode: 4 }))
        await witness.heard('started', 3)
        witness.open('die')
        for (const emission of [...held, dying]) {
          const [outcome] = (await emission.settled).outcomes
          const error = outcome?.status === 'rejected' ? outcome.error : undefined
          expect(error).toBeInstanceOf(WorkerLostError)
          expect((error as WorkerLostError).culprit).toMatch(new RegExp(`^${handler.name} `))
        }
      })
    }

    test('because of what a finished handler left behind, the one that runs is not blamed', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, leavesABomb)
      linker.on(MoreWork, holds)
      await events.emit(Work, job('', { gate: 'bomb' }))
      const held = events.emit(MoreWork, job('', { gate: 'never' }))
      await witness.heard('started')
      witness.open('bomb')
      const error = errorOf(await held.settled, holds)
      expect(error).toBeInstanceOf(WorkerLostError)
      expect((error as WorkerLostError).culprit).toMatch(/^leavesABomb /)
      expect((error as WorkerLostError).cause).toMatchObject({ message: 'thrown in the background' })
    })

    test('the results of tasks that had ended before are not lost with it', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1, concurrency: 3 })
      for (const handler of [notes, echoes, exits]) linker.on(Work, handler)
      for (let round = 0; round < 5; round += 1) {
        const report = await events.emit(Work, job(String(round), { value: 'x'.repeat(20_000) })).settled
        expect(statuses(report)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
      }
    })

    test('because of one handler, over and over, the pool is not broken for others', async () => {
      const { events, executor, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, exits)
      linker.on(MoreWork, notes)
      for (let round = 0; round < 8; round += 1) {
        expect(errorOf(await events.emit(Work, job()).settled, exits)).toBeInstanceOf(WorkerLostError)
      }
      expect(statuses(await events.emit(MoreWork, job()))).toEqual(['fulfilled'])
      expect(executor.stats().workersLost).toBe(8)
    })

    testOfFinding('because of a module it imports, over and over, it is not replaced as often', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1 })
      linker.on(Work, exitsAtImport)
      linker.on(MoreWork, notes)
      for (let round = 0; round < 30; round += 1) {
        const error = errorOf(await events.emit(Work, job()).settled, exitsAtImport)
        expect((error as Error).message).toContain('exited with code 7')
      }
      expect(executor.stats().workersLost).toBeLessThan(15)
      expect(statuses(await events.emit(MoreWork, job()))).toEqual(['fulfilled'])
      expect(witness.labels('ran')).toHaveLength(1)
    })

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

    testOfFinding('a new handler that was being looked up in it is looked up elsewhere', async () => {
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
