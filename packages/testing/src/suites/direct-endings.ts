import {
  EmitterClosedError,
  HandlerTimeoutError,
  runTask,
  TaskCancelledError,
  waitAll,
  type Executor,
  type TaskHandle,
} from '@eventlane/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { acts, holds, notes, stops } from '../handlers.js'
import { errorOfRun, setStage } from '../stage.js'
import { until } from '../witness.js'

/** How direct runs end, whatever ends them. */
export function describeDirectEndings(factory: ExecutorFactory): void {
  const { isolated } = factory().capabilities

  describe('direct runs, when their executor ends', () => {
    /** How often each handle settles. */
    function countsOf(handles: readonly TaskHandle[]): number[] {
      const counts = handles.map(() => 0)
      for (const [index, handle] of handles.entries())
        handle.onSettled(() => {
          counts[index] = (counts[index] ?? 0) + 1
        })
      return counts
    }

    async function busy(executor: Executor, heard: () => Promise<void>, run: () => TaskHandle) {
      const handles = [run(), run(), run()]
      await heard()
      return { handles, counts: countsOf(handles) }
    }

    test('by shutdown, are finished: those that run, and those that wait', async () => {
      const { executor, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      const { handles, counts } = await busy(
        executor,
        () => witness.heard('started'),
        () => runTask(executor, holds, job('done')),
      )
      const ended = executor.shutdown()
      expect(() => runTask(executor, notes, job())).toThrow(EmitterClosedError)
      expect(handles.map(({ status }) => status)).not.toContain('cancelled')
      witness.open()
      await ended
      expect(handles.map(({ result }) => result)).toEqual(['done', 'done', 'done'])
      expect(counts).toEqual([1, 1, 1])
    })

    test('by terminate, are cancelled, and their signals abort', async () => {
      const { executor, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      const { handles, counts } = await busy(
        executor,
        () => witness.heard('started'),
        () => runTask(executor, stops, job()),
      )
      await executor.terminate()
      expect(handles.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled'])
      expect(counts).toEqual([1, 1, 1])
      for (const handle of handles) expect(await errorOfRun(handle)).toBeInstanceOf(TaskCancelledError)
      for (const handle of handles) await handle[Symbol.asyncDispose]()
      expect(() => runTask(executor, notes, job())).toThrow(EmitterClosedError)
      if (!isolated) await witness.heard('stopped by Error')
    })
  })

  describe('whatever becomes of direct runs', () => {
    test('each settles once, the counts add up, and none runs twice', { timeout: 60_000 }, async () => {
      const { executor, witness, job } = setStage(factory, { workers: 2, concurrency: 3 })
      const plans = fc.array(
        fc.record({
          value: fc.constantFrom('returns', 'rejects', 'waits'),
          turns: fc.nat(3),
          cancel: fc.constantFrom('at once', 'later', 'never', 'never'),
        }),
        { maxLength: 12 },
      )
      let runs = 0
      await fc.assert(
        fc.asyncProperty(plans, async (plan) => {
          const before = executor.stats().counts
          const settlements = new Map<TaskHandle, number>()
          const handles = plan.map(({ value, turns, cancel }) => {
            const label = String((runs += 1))
            const handle = runTask(executor, acts, job(label, { value, turns }), { timeoutMs: 250 })
            handle.onSettled(() => settlements.set(handle, (settlements.get(handle) ?? 0) + 1))
            if (cancel === 'at once') handle.cancel()
            if (cancel === 'later') setImmediate(() => handle.cancel())
            return { handle, label, value, cancel }
          })
          await waitAll(handles.map(({ handle }) => handle))
          for (const { handle, label, value, cancel } of handles) {
            const outcome = await handle.settled
            expect(settlements.get(handle)).toBe(1)
            if (cancel === 'at once') expect(outcome.status).toBe('cancelled')
            if (cancel === 'never') expect(outcome.status).not.toBe('cancelled')
            if (outcome.status === 'fulfilled') expect([outcome.value, value]).toEqual([label, 'returns'])
            if (outcome.status !== 'rejected' || outcome.error instanceof HandlerTimeoutError) continue
            expect([outcome.error, value]).toMatchObject([{ message: 'was told to', label }, 'rejects'])
          }
          const { counts } = executor.stats()
          const added = (status: 'fulfilled' | 'rejected' | 'cancelled'): number =>
            counts[status] - before[status]
          for (const status of ['fulfilled', 'rejected', 'cancelled'] as const)
            expect(added(status)).toBe(handles.filter(({ handle }) => handle.status === status).length)
          expect(counts.total - before.total).toBe(plan.length)
        }),
        { numRuns: 12 },
      )
      const ran = witness.labels('ran')
      expect(new Set(ran).size).toBe(ran.length)
      await until(() => executor.stats().queued === 0, 'nothing waits any more')
    })
  })
}
