import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PoolBrokenError, WorkerLostError } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { PoolFactory, PoolFactoryOptions } from '../executor-factory.js'
import {
  blocks,
  eatsMemory,
  holds,
  MoreWork,
  notes,
  readsSettings,
  SABOTAGE,
  sabotages,
  sendsToParent,
  waitsNatively,
  Work,
} from '../handlers.js'
import { unreachable as neverImported } from '../modules/never-imported.js'
import { importedTwice } from '../modules/second-import.js'
import { errorOf, setStage, statuses, valueOf } from '../stage.js'

/** What only pools of workers do. */
export function describePools(factory: PoolFactory): void {
  describe('a worker that runs out of memory', () => {
    test('is lost and replaced, its task rejected, and the program goes on', async () => {
      const { events, executor, linker, job } = setStage(factory, { workers: 1, maxOldSpaceMb: 24 })
      linker.on(Work, eatsMemory)
      linker.on(MoreWork, notes)
      const error = errorOf(await events.emit(Work, job()).settled, eatsMemory)
      expect(error).toBeInstanceOf(WorkerLostError)
      expect((error as WorkerLostError).culprit).toContain('eatsMemory')
      expect((error as Error).message).toMatch(/memory/i)
      expect(statuses(await events.emit(MoreWork, job()))).toEqual(['fulfilled'])
      expect(executor.stats().workersLost).toBe(1)
    })
  })

  describe('a handler that waits in native code', () => {
    test('loses its worker after a timeout, which is replaced before the wait is over', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, killGraceMs: 20 })
      linker.on(Work, waitsNatively, { timeoutMs: 100 })
      linker.on(MoreWork, notes)
      const waiting = events.emit(Work, job('', { value: 6000 }))
      await witness.heard('started')
      const next = events.emit(MoreWork, job('next'))
      expect(statuses(await waiting.settled)).toEqual(['rejected'])
      expect(statuses(await next)).toEqual(['fulfilled'])
      expect(executor.stats()).toMatchObject({ workersLost: 1, workers: 1 })
    })
  })

  describe('a module whose import never ends', () => {
    test('fails ready() and its tasks, after startTimeoutMs, and other handlers run', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, startTimeoutMs: 2000 })
      linker.on(Work, neverImported)
      linker.on(Work, notes)
      linker.on(MoreWork, notes)
      await expect(events.ready()).rejects.toThrow('never-imported')
      const report = await events.emit(Work, job('a')).settled
      expect(statuses(report)).toEqual(['rejected', 'fulfilled'])
      expect((errorOf(report, neverImported) as Error).message).toContain('never-imported')
      expect(statuses(await events.emit(MoreWork, job('b')))).toEqual(['fulfilled'])
      expect(witness.labels('ran')).toEqual(['a', 'b'])
    })

    test('blames the module and not a neighbour that ran in the same worker', async () => {
      const { events, linker, witness, job } = setStage(factory, {
        workers: 1,
        concurrency: 2,
        startTimeoutMs: 2000,
      })
      linker.on(MoreWork, holds)
      linker.on(Work, neverImported)
      const neighbour = events.emit(MoreWork, job('neighbour', { gate: 'held' }))
      await witness.heard('started')
      const report = await events.emit(Work, job()).settled
      expect((errorOf(report, neverImported) as Error).message).toContain('never-imported')
      const [outcome] = (await neighbour.settled).outcomes
      const error = outcome?.status === 'rejected' ? outcome.error : undefined
      if (error instanceof WorkerLostError) expect(error.culprit ?? '').not.toContain('holds')
    })

    test('does not start workers again after the pool was terminated', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 2 })
      linker.on(MoreWork, holds)
      linker.on(Work, neverImported)
      const neighbour = events.emit(MoreWork, job('neighbour', { gate: 'held' }))
      await witness.heard('started')
      const emission = events.emit(Work, job())
      await executor.terminate()
      expect(statuses(await neighbour.settled)).toEqual(['cancelled'])
      expect(statuses(await emission.settled)).toEqual(['cancelled'])
      await new Promise(setImmediate)
      expect(executor.stats().workers).toBe(0)
    })
  })

  for (const what of Object.keys(SABOTAGE) as (keyof typeof SABOTAGE)[]) {
    for (const concurrency of [1, 2]) {
      test(`a handler that ${what} harms its worker at most (concurrency ${concurrency})`, async () => {
        const { events, linker, witness, job } = setStage(factory, { workers: 1, concurrency })
        linker.on(Work, sabotages)
        linker.on(MoreWork, notes)
        const [outcome] = (await events.emit(Work, job('', { value: what })).settled).outcomes
        const error = outcome?.status === 'rejected' ? outcome.error : undefined
        if (error !== undefined) expect(error).toBeInstanceOf(WorkerLostError)
        const labels = Array.from({ length: 20 }, (_, index) => String(index))
        for (const label of labels) {
          const [next] = (await events.emit(MoreWork, job(label)).settled).outcomes
          expect(next).toMatchObject({ status: 'fulfilled', value: label })
        }
        expect(witness.labels('ran')).toEqual(labels)
      })
    }
  }

  describe('looking handlers up', () => {
    test('waits for a handler that blocks the worker, for longer than startTimeoutMs', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, {
        workers: 1,
        startTimeoutMs: 2000,
      })
      linker.on(Work, blocks)
      await events.ready()
      const long = events.emit(Work, job('long', { gate: 'long' }))
      await witness.heard('started')
      const ready = events.ready()
      ready.catch(() => undefined)
      const waited = setStage(factory, { workers: 1, startTimeoutMs: 2500 })
      waited.linker.on(Work, neverImported)
      await waited.events.ready().catch(() => undefined)
      witness.open('long')
      expect(valueOf(await long, blocks)).toBe('long')
      await ready
      expect(executor.stats().workersLost).toBe(0)
    })

    for (const [how, reason] of [
      ['hang', /did not finish importing .*second-import/],
      ['exit', /exited with code 9/],
    ] as const) {
      test(`by the second worker that imports a module, which does not survive it (${how}), loses that worker only`, async () => {
        const directory = mkdtempSync(join(tmpdir(), 'eventlane-imports-'))
        const { events, linker, witness, job } = setStage(factory, {
          workers: 2,
          startTimeoutMs: 2000,
          env: {
            ...process.env,
            EVENTLANE_SECOND_IMPORT: how,
            EVENTLANE_IMPORTS: join(directory, 'imports'),
          },
        })
        linker.on(Work, importedTwice)
        linker.on(MoreWork, holds)
        expect(statuses(await events.emit(Work, job('a')))).toEqual(['fulfilled'])
        const held = events.emit(MoreWork, job('', { gate: 'held' }))
        await witness.heard('started')
        const error = errorOf(await events.emit(Work, job('b')).settled, importedTwice)
        expect(error).toBeInstanceOf(WorkerLostError)
        expect((error as Error).message).toMatch(reason)
        witness.open('held')
        expect(statuses(await held)).toEqual(['fulfilled'])
        expect(statuses(await events.emit(Work, job('c')))).toEqual(['fulfilled'])
        expect(witness.labels('ran')).toEqual(['a', 'c'])
        rmSync(directory, { recursive: true })
      })
    }

    test('of a new handler does not end a worker that was given a long task in the same turn', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, {
        workers: 1,
        startTimeoutMs: 2000,
      })
      linker.on(Work, blocks)
      linker.on(MoreWork, notes)
      const first = events.emit(Work, job('first', { gate: 'first' }))
      await witness.heard('started')
      const second = events.emit(Work, job('second', { gate: 'second' }))
      const fresh = events.emit(MoreWork, job('new'))
      witness.open('first')
      await witness.heard('started', 2)
      const waited = setStage(factory, { workers: 1, startTimeoutMs: 2500 })
      waited.linker.on(Work, neverImported)
      await waited.events.ready().catch(() => undefined)
      witness.open('second')
      expect(statuses(await first)).toEqual(['fulfilled'])
      expect(statuses(await second.settled)).toEqual(['fulfilled'])
      expect(statuses(await fresh.settled)).toEqual(['fulfilled'])
      expect(executor.stats().workersLost).toBe(0)
    })
  })

  describe('workers that do not start', () => {
    test('break the pool: tasks and ready() are rejected with the reason', async () => {
      const { events, linker, job } = setStage(factory, { workers: 2, execArgv: ['--no-such-option'] })
      linker.on(Work, notes)
      const report = await events.emit(Work, job()).settled
      const error = errorOf(report, notes)
      expect(error).toBeInstanceOf(PoolBrokenError)
      expect((error as Error).message).toContain('remedy')
      expect((error as Error).message).toContain('--no-such-option')
      await expect(events.ready()).rejects.toBeInstanceOf(PoolBrokenError)
      expect(errorOf(await events.emit(Work, job()).settled, notes)).toBeInstanceOf(PoolBrokenError)
    })

    for (const [flag, extension, throws] of [
      ['--import', 'mjs', "throw new Error('the preload is broken')"],
      ['--require', 'cjs', "throw new Error('the preload is broken')"],
      ['--import', 'mjs', "console.error('the preload is broken'); process.exit(5)"],
    ] as const) {
      for (const how of ['the next emission', 'ready()'] as const) {
        test(`because of ${flag} can be mended: ${how} tries again (${throws})`, async () => {
          const directory = mkdtempSync(join(tmpdir(), 'eventlane-preload-'))
          const preload = join(directory, `preload.${extension}`)
          const { events, executor, linker, witness, job } = setStage(factory, {
            workers: 1,
            execArgv: [flag, flag === '--import' ? pathToFileURL(preload).href : preload],
          })
          writeFileSync(preload, throws)
          linker.on(Work, notes)
          const error = errorOf(await events.emit(Work, job('a')).settled, notes)
          expect(error).toBeInstanceOf(PoolBrokenError)
          if (!throws.includes('exit') || executor.mode === 'separate-process') {
            expect((error as Error).message).toContain('the preload is broken')
          }
          writeFileSync(preload, '')
          if (how === 'ready()') await events.ready()
          expect(statuses(await events.emit(Work, job('b')))).toEqual(['fulfilled'])
          expect(witness.labels('ran')).toEqual(['b'])
          rmSync(directory, { recursive: true })
        })
      }
    }

    test('are not started without a pause', async () => {
      const { events, executor, linker, job } = setStage(factory, {
        workers: 1,
        execArgv: ['--no-such-option'],
      })
      linker.on(Work, notes)
      for (let round = 0; round < 3; round += 1) {
        const batch = Array.from({ length: 20 }, () => events.emit(Work, job()))
        for (const emission of batch) {
          expect(errorOf(await emission.settled, notes)).toBeInstanceOf(PoolBrokenError)
        }
      }
      expect(executor.stats().workersLost).toBeLessThan(8)
    })

    test('do not keep shutdown from ending', async () => {
      const { events, linker, job } = setStage(factory, { workers: 2, execArgv: ['--no-such-option'] })
      linker.on(Work, notes)
      void events.emit(Work, job()).settled
      void events.emit(Work, job()).settled
      expect(await events.shutdown()).toMatchObject({ total: 2, rejected: 2 })
    })
  })

  describe('what workers are started with', () => {
    async function settings(options: PoolFactoryOptions, variable = 'PATH') {
      const { events, linker, job } = setStage(factory, { workers: 1, ...options })
      linker.on(Work, readsSettings)
      return valueOf(await events.emit(Work, job('', { value: variable })), readsSettings)
    }

    test("the program's environment, as it is when they start", async () => {
      process.env.EVENTLANE_TEST_VARIABLE = 'of the program'
      try {
        expect((await settings({}, 'EVENTLANE_TEST_VARIABLE')).variable).toBe('of the program')
      } finally {
        delete process.env.EVENTLANE_TEST_VARIABLE
      }
      expect((await settings({})).variable).toBe(process.env.PATH)
    })

    test('or an environment of their own, which replaces it', async () => {
      const env = { OWN: 'own', LEFT_OUT: undefined }
      expect((await settings({ env }, 'OWN')).variable).toBe('own')
      expect((await settings({ env }, 'PATH')).variable).toBeUndefined()
      expect((await settings({ env }, 'LEFT_OUT')).variable).toBeUndefined()
    })

    test('Node.js options', async () => {
      const { execArgv } = await settings({ execArgv: ['--conditions=eventlane-test'] })
      expect(execArgv).toContain('--conditions=eventlane-test')
    })

    test('a limit to their heap', async () => {
      const bounded = await settings({ maxOldSpaceMb: 64 })
      const unbounded = await settings({})
      // What Node.js says includes the young generation, whose size differs between its versions.
      expect(unbounded.limitMb).toBeGreaterThan(2 * bounded.limitMb)
    })
  })

  describe('a handler that talks to the parent of its worker, as some libraries do, is not minded:', () => {
    for (const message of [
      'ready',
      { type: 'online' },
      { ready: true },
      ['fulfilled', 1],
      [['x']],
      [null],
      null,
    ]) {
      test(JSON.stringify(message), async () => {
        const { events, executor, linker, job } = setStage(factory, { workers: 1 })
        linker.on(Work, sendsToParent)
        const emit = async () => await events.emit(Work, job('', { value: message }))
        const before = valueOf(await emit(), sendsToParent)
        const after = valueOf(await emit(), sendsToParent)
        expect(after).toBe(before)
        expect(executor.stats()).toMatchObject({ workers: 1, workersLost: 0 })
      })
    }
  })
}
