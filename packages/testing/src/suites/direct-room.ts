import { QueueFullError, runTask, TaskDroppedError } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory, ExecutorFactoryOptions } from '../executor-factory.js'
import { holds, notes } from '../handlers.js'
import { setStage, thrownBy, warningsOf } from '../stage.js'

/** Direct runs on an executor that is full. */
export function describeDirectRoom(factory: ExecutorFactory): void {
  const { backpressure } = factory().capabilities

  if (backpressure) {
    describe('direct runs for which there is no room', () => {
      async function full(options: ExecutorFactoryOptions) {
        const stage = setStage(factory, { workers: 1, concurrency: 1, maxQueue: 1, ...options })
        const { executor, witness, job } = stage
        const running = runTask(executor, holds, job('held'))
        await witness.heard('started')
        return { ...stage, running, waiting: runTask(executor, notes, job('waiting')) }
      }

      test('are refused under reject', async () => {
        const { executor, witness, job, waiting } = await full({ overflow: 'reject' })
        expect(thrownBy(() => runTask(executor, notes, job('refused')))).toBeInstanceOf(QueueFullError)
        witness.open()
        expect(await waiting).toBe('waiting')
        await executor.drain()
        expect(witness.labels('ran')).toEqual(['waiting'])
      })

      test('wait under wait: the handle is admitted when there is room', async () => {
        const { executor, witness, job, waiting } = await full({ overflow: 'wait' })
        const parked = runTask(executor, notes, job('parked'))
        let isAdmitted = false
        const admitted = parked.admitted.then(() => (isAdmitted = true))
        const cancelled = runTask(executor, notes, job('cancelled'))
        cancelled.cancel()
        await cancelled.admitted
        await waiting.admitted
        expect([isAdmitted, parked.status]).toEqual([false, 'pending'])
        witness.open()
        await admitted
        expect(await parked).toBe('parked')
        expect(witness.labels('ran')).toEqual(['waiting', 'parked'])
      })

      test('are dropped under drop-newest, with one warning of those that nobody looks at', async () => {
        const { executor, witness, job, waiting } = await full({ overflow: 'drop-newest' })
        const dropped = runTask(executor, notes, job())
        const { error } = { error: await dropped.then(String, (thrown: unknown) => thrown) }
        expect(error).toBeInstanceOf(TaskDroppedError)
        expect(dropped).toMatchObject({ status: 'dropped', error })
        const warnings = await warningsOf(async () => {
          for (let run = 0; run < 5; run += 1) runTask(executor, notes, job())
          await new Promise(setImmediate)
        })
        expect(warnings.length).toBeLessThanOrEqual(1)
        witness.open()
        expect(await waiting).toBe('waiting')
        expect(executor.stats().counts).toMatchObject({ fulfilled: 2, dropped: 6 })
      })
    })
  }
}
