import { asCompleted, InvalidOptionError, runTask, waitAll, type TaskHandle } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { holds, throwsIt } from '../handlers.js'
import { setStage, warningsOf } from '../stage.js'

/** Waiting for several direct runs. */
export function describeDirectWaits(factory: ExecutorFactory): void {
  /** Handlers of these labels, each of which waits for its own gate, all at once. */
  function held(labels: readonly string[]) {
    const stage = setStage(factory, { workers: 1, concurrency: labels.length + 1 })
    const { executor, witness, job } = stage
    const handles = labels.map((label) => runTask(executor, holds, job(label, { gate: label })))
    return { ...stage, handles, started: () => witness.heard('started', labels.length) }
  }

  describe('asCompleted', () => {
    test('gives each handle once, as it settles, also those that fail or have settled before', async () => {
      const { executor, handles, started, witness, job } = held(['a', 'b', 'c'])
      const before = runTask(executor, throwsIt, job())
      await before.settled
      await started()
      const given: TaskHandle[] = []
      witness.open('b')
      for await (const { handle, outcome } of asCompleted([...handles, before, ...handles])) {
        given.push(handle)
        expect(outcome).toBe(handle.outcome)
        if (handle === handles[1]) handles[2]?.cancel()
        if (handle === handles[2]) witness.open('a')
      }
      expect(given).toHaveLength(4)
      expect(given.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'cancelled', 'fulfilled'])
      expect(given).toEqual([before, handles[1], handles[2], handles[0]])
    })

    test('can be left, and ends with the reason of its signal; the runs go on', async () => {
      const { handles, started, witness } = held(['a', 'b'])
      await started()
      const controller = new AbortController()
      const next = asCompleted(handles, { signal: controller.signal }).next()
      controller.abort(new RangeError('enough'))
      await expect(next).rejects.toBe(controller.signal.reason)
      witness.open('a')
      for await (const { handle } of asCompleted(handles)) {
        expect(handle).toBe(handles[0])
        break
      }
      expect(handles.map(({ status }) => status)).toEqual(['fulfilled', 'running'])
      witness.open('b')
      expect(await handles[1]).toBe('b')
      expect(await asCompleted([]).next()).toEqual({ done: true, value: undefined })
      expect(() => asCompleted([], { timeoutMs: 1 } as never)).toThrow(InvalidOptionError)
    })
  })

  test('asCompleted looks at what fails, also where its loop is left before', async () => {
    const { executor, job } = setStage(factory)
    const warnings = await warningsOf(async () => {
      const completed = asCompleted([1, 2].map(() => runTask(executor, throwsIt, job())))
      expect((await completed.next()).value).toMatchObject({ outcome: { status: 'rejected' } })
      await executor.drain()
      await new Promise(setImmediate)
    })
    expect(warnings).toEqual([])
  })

  describe('waitAll', () => {
    test('waits for all of them, the first, or the first that is not fulfilled', async () => {
      const { handles, started, witness } = held(['a', 'b', 'c'])
      await started()
      const [a, b, c] = handles
      const first = waitAll(handles, { until: 'first' })
      const failed = waitAll(handles, { until: 'first-error' })
      const all = waitAll(handles)
      witness.open('b')
      expect(await first).toEqual({ settled: [b], pending: [a, c] })
      c?.cancel()
      expect(await failed).toEqual({ settled: [b, c], pending: [a] })
      witness.open('a')
      expect(await all).toEqual({ settled: [a, b, c], pending: [] })
      expect(await waitAll(handles, { until: 'first' })).toEqual({ settled: [a, b, c], pending: [] })
      expect(await waitAll([])).toEqual({ settled: [], pending: [] })
    })

    test('stops waiting after its time, or when its signal aborts; the runs go on', async () => {
      const { handles, started, witness } = held(['a', 'b'])
      await started()
      const [a, b] = handles
      witness.open('a')
      await a
      expect(await waitAll(handles, { timeoutMs: 5 })).toEqual({ settled: [a], pending: [b] })
      const controller = new AbortController()
      const waiting = waitAll(handles, { signal: controller.signal })
      controller.abort(new RangeError('enough'))
      await expect(waiting).rejects.toBe(controller.signal.reason)
      await expect(waitAll(handles, { until: 'last' } as never)).rejects.toThrow(InvalidOptionError)
      expect(b?.status).toBe('running')
      witness.open('b')
      expect(await b).toBe('b')
    })

    test('throws nothing, and looks at what fails', async () => {
      const { executor, job } = setStage(factory)
      const warnings = await warningsOf(async () => {
        const { settled } = await waitAll([runTask(executor, throwsIt, job())])
        expect(settled.map(({ error }) => error)).toMatchObject([{ code: 'ERR_CODED' }])
      })
      expect(warnings).toEqual([])
    })
  })
}
