import type { Emission } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { blocks, describesItself, holds, MoreWork, notes, Work } from '../handlers.js'
import { setStage, valueOf } from '../stage.js'
import { until, type Testimony } from '../witness.js'

/** How many handlers run at once, and where. */
export function describeModes(factory: ExecutorFactory): void {
  const { isolated } = factory().capabilities

  describe('modes', () => {
    test('the mode says whether handlers share their event loop', () => {
      const plain = factory({ concurrency: 1 }).mode
      const many = factory({ concurrency: 2 }).mode
      // Its workers may be of any mode.
      if (many === 'remote') return
      expect(many).toMatch(/-async$/)
      if (isolated) expect(many).toBe(`${plain}-async`)
      else expect(many).toBe(plain)
    })

    test('the executor and its emitter tell the mode and what it can do, from the first to the last', async () => {
      const { events, executor, linker, job } = setStage(factory)
      const { mode, capabilities } = factory()
      linker.on(Work, describesItself)
      const told = (): unknown[] => [events.mode, executor.mode, events.executor.capabilities]
      expect(told()).toEqual([mode, mode, capabilities])
      const seen = valueOf(await events.emit(Work, job()), describesItself)
      // On another machine, handlers are told the mode of the executor there.
      if (mode !== 'remote') expect(seen.mode).toBe(mode)
      await events.shutdown()
      expect(told()).toEqual([mode, mode, capabilities])
    })

    test('an executor is inert until it is used', async () => {
      const { executor, linker } = setStage(factory)
      linker.on(Work, notes)
      await new Promise(setImmediate)
      expect(executor.stats()).toMatchObject({
        queued: 0,
        running: 0,
        workers: 0,
        workersLost: 0,
        workersStarted: 0,
      })
    })

    test('with concurrency 1, a worker runs one handler at a time', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, holds)
      const labels = ['a', 'b', 'c', 'd']
      for (const label of labels) events.emit(Work, job(label, { gate: label }))
      for (const [index, label] of labels.entries()) {
        await witness.heard('started', index + 1)
        expect(executor.stats()).toMatchObject({ running: 1, queued: labels.length - index - 1 })
        expect(witness.labels('ended')).toEqual(labels.slice(0, index))
        witness.open(label)
      }
      expect(await events.drain()).toMatchObject({ fulfilled: 4 })
      const expected = labels.flatMap((label) => [`started ${label}`, `ended ${label}`])
      expect(witness.testimonies.map(({ what, label }) => `${what} ${label}`)).toEqual(expected)
    })

    test('with concurrency 3, that many handlers are under way at once, and no more', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 3 })
      linker.on(Work, holds)
      const labels = ['a', 'b', 'c', 'd']
      for (const label of labels) events.emit(Work, job(label, { gate: label }))
      await witness.heard('started', 3)
      expect(executor.stats()).toMatchObject({ running: 3, queued: 1 })
      expect(witness.labels('started')).toEqual(['a', 'b', 'c'])
      witness.open('b')
      await witness.heard('started', 4)
      expect(witness.labels('ended')).toEqual(['b'])
      witness.open()
      expect(await events.drain()).toMatchObject({ fulfilled: 4 })
    })

    for (const { concurrency, inFlight } of [
      { concurrency: 1, inFlight: 1 },
      { concurrency: 50, inFlight: 50 },
    ]) {
      const { mode } = factory({ concurrency })
      test(`of 50 handlers that wait, ${inFlight} are in flight at once on one worker in ${mode} with concurrency ${concurrency}`, async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency })
        linker.on(Work, holds)
        const labels = Array.from({ length: 50 }, (_, index) => String(index))
        for (const label of labels) events.emit(Work, job(label))
        await witness.heard('started', inFlight)
        expect(executor.stats()).toMatchObject({ running: inFlight, queued: 50 - inFlight })
        witness.open()
        expect(await events.drain()).toMatchObject({ fulfilled: 50 })
        expect(mostInFlight(witness.testimonies)).toBe(inFlight)
        const realms = new Set(witness.testimonies.map(({ pid, threadId }) => `${pid} ${threadId}`))
        expect(realms.size).toBe(1)
      })
    }

    test('what the program does goes on while handlers run', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1 })
      linker.on(Work, isolated ? blocks : holds)
      const emission = events.emit(Work, job('', { gate: 'held' }))
      await witness.heard('started')
      let ticks = 0
      const ticking = setInterval(() => (ticks += 1), 1)
      await until(() => ticks >= 20, 'timers of the program fire')
      clearInterval(ticking)
      expect(emission.status).toBe('running')
      witness.open('held')
      await emission
    })

    test('timers of the program fire under a flood of emissions', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, notes)
      let hasFired = false
      setTimeout(() => (hasFired = true))
      // It goes on for as long as no timer fires, and would take far longer than one needs.
      const flood = async (): Promise<void> => {
        for (let left = 5000; left > 0 && !hasFired; left -= 1) await events.emit(Work, job())
      }
      await Promise.all(Array.from({ length: 20 }, flood))
      expect(hasFired).toBe(true)
    })

    if (isolated) {
      test('two workers run blocking handlers side by side', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 1 })
        linker.on(Work, blocks)
        const emissions = ['a', 'b'].map((label) => events.emit(Work, job(label)))
        await witness.heard('started', 2)
        expect(executor.stats()).toMatchObject({ running: 2, workers: 2 })
        witness.open()
        for (const emission of emissions) await emission
        const realms = new Set(witness.testimonies.map(({ pid, threadId }) => `${pid} ${threadId}`))
        expect(realms.size).toBe(2)
      })

      test('a quick handler is not stuck behind a long one while another worker is idle', async () => {
        const { events, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 1 })
        linker.on(Work, notes)
        linker.on(MoreWork, blocks)
        for (let round = 0; round < 30; round += 1) await events.emit(Work, job())
        const long = events.emit(MoreWork, job('', { gate: 'long' }))
        await witness.heard('started')
        const quick = Array.from({ length: 30 }, () => events.emit(Work, job()))
        for (const emission of quick) await emission
        expect(long.status).toBe('running')
        witness.open('long')
        await long
      })

      test('what waits behind a handler that takes longer than ever before moves to an idle worker, unless its worker is a process', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 1 })
        linker.on(Work, blocks)
        witness.open('short')
        for (let round = 0; round < 60; round += 1) await events.emit(Work, job('', { gate: 'short' }))
        const long = events.emit(Work, job('', { gate: 'long' }))
        const behind = Array.from({ length: 30 }, () => events.emit(Work, job('', { gate: 'short' })))
        if (executor.mode === 'separate-process') witness.open('long')
        for (const emission of behind) await emission
        if (executor.mode !== 'separate-process') expect(long.status).toBe('running')
        witness.open('long')
        await long
        expect(witness.labels('started')).toHaveLength(91)
      })

      test('what comes behind such a handler over several turns moves too, whether it has left for the worker or not', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 1 })
        linker.on(Work, blocks)
        linker.on(MoreWork, notes)
        witness.open('short')
        for (let round = 0; round < 60; round += 1) {
          await events.emit(Work, job('', { gate: 'short' }))
          await events.emit(MoreWork, job())
        }
        const long = events.emit(Work, job('', { gate: 'long' }))
        const behind: Emission[] = []
        for (let turn = 0; turn < 8; turn += 1) {
          await new Promise(setImmediate)
          for (let count = 0; count < 3; count += 1) behind.push(events.emit(MoreWork, job()))
        }
        if (executor.mode === 'separate-process') witness.open('long')
        for (const emission of behind) await emission
        if (executor.mode !== 'separate-process') expect(long.status).toBe('running')
        witness.open('long')
        await long
        expect(witness.labels('ran')).toHaveLength(60 + behind.length)
      })

      test('more workers than asked for are never started', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 1 })
        linker.on(Work, describesItself)
        const emissions = Array.from({ length: 60 }, () => events.emit(Work, job()))
        const realms = new Set<string>()
        for (const emission of emissions) {
          const { pid, threadId } = valueOf(await emission, describesItself)
          realms.add(`${pid} ${threadId}`)
        }
        expect(realms.size).toBeLessThanOrEqual(2)
        expect(executor.stats().workers).toBeLessThanOrEqual(2)
        expect(witness.labels('ran')).toHaveLength(60)
      })

      test('an idle worker wakes for the next emission, in the same realm', async () => {
        const { events, executor, linker, job } = setStage(factory, { workers: 1 })
        linker.on(Work, describesItself)
        const before = valueOf(await events.emit(Work, job()), describesItself)
        const isIdle = (): boolean => process.getActiveResourcesInfo().every((name) => name !== 'MessagePort')
        await until(() => isIdle() || before.pid !== process.pid, 'the lane has closed')
        const after = valueOf(await events.emit(Work, job()), describesItself)
        expect([after.pid, after.threadId]).toEqual([before.pid, before.threadId])
        expect(executor.stats()).toMatchObject({ workers: 1, workersLost: 0 })
      })
    }
  })
}

/** How many handlers had started and not ended, at most. */
function mostInFlight(testimonies: readonly Testimony[]): number {
  let most = 0
  let now = 0
  for (const { what } of testimonies) {
    now += what === 'started' ? 1 : -1
    most = Math.max(most, now)
  }
  return most
}
