import { tracingChannel } from 'node:diagnostics_channel'
import {
  asCompleted,
  InvalidOptionError,
  mapTasks,
  QueueFullError,
  runTask,
  TaskDroppedError,
  waitAll,
  type EmitMessage,
  type HandleMessage,
  type TaskHandle,
} from '@eventlane/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ExecutorFactory, ExecutorFactoryOptions } from '../executor-factory.js'
import { acts, holds, notes, throwsIt } from '../handlers.js'
import { setStage, thrownBy, warningsOf } from '../stage.js'

/** Several direct runs, and those who watch them. */
export function describeDirectWaits(factory: ExecutorFactory): void {
  const { backpressure } = factory().capabilities

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

  describe('tracing channels, of direct runs', () => {
    test('tell of a run as of an emission with one task, and of each item', async () => {
      const { executor, job } = setStage(factory)
      const heard: [string, EmitMessage & HandleMessage][] = []
      for (const operation of ['emit', 'handle']) {
        const listenTo = (what: string) => (message: object) => {
          heard.push([`${operation} ${what}`, { ...message } as EmitMessage & HandleMessage])
        }
        const channel = tracingChannel(`eventlane.${operation}`)
        const subscribers = {
          start: listenTo('start'),
          end: listenTo('end'),
          asyncStart: () => undefined,
          asyncEnd: listenTo('asyncEnd'),
          error: listenTo('error'),
        }
        channel.subscribe(subscribers)
        onTestFinished(() => {
          channel.unsubscribe(subscribers)
        })
      }
      const handle = runTask(executor, acts, job('', { value: 'rejects' }))
      await handle.settled
      const names = [
        'emit start',
        'emit end',
        'handle start',
        'handle error',
        'handle asyncEnd',
        'emit asyncEnd',
      ]
      expect(heard.map(([name]) => name)).toEqual(names)
      for (const [, message] of heard)
        expect(message).toMatchObject({ event: 'acts', emissionId: handle.id, mode: executor.mode })
      expect(heard.at(0)?.[1].isDirect).toBe(true)
      expect(heard.at(-1)?.[1]).toMatchObject({ tasks: 1, counts: { total: 1, rejected: 1 } })
      expect(heard.at(4)?.[1]).toMatchObject({ outcome: 'rejected', error: { message: 'was told to' } })
      heard.length = 0
      const results = mapTasks(executor, notes, [job(), job()], { chunkSize: 2 })
      for await (const _result of results);
      expect(heard.map(([name]) => name).sort()).toEqual(
        ['emit start', 'emit end', 'handle start', 'handle asyncEnd', 'emit asyncEnd'].flatMap((name) => [name, name]).sort(), // prettier-ignore
      )
      expect(() => runTask(executor, () => undefined)).toThrow()
    })

    test('and the debug log has a line for each step', async () => {
      const { executor, job } = setStage(factory)
      const lines: string[] = []
      const debug = (line: string): unknown => lines.push(line)
      const { id } = await waitAll([runTask(executor, notes, job(), { debug })]).then(
        ({ settled: [handle] }) => ({
          id: handle?.id,
        }),
      )
      expect(lines.map((line) => line.split(' ', 1)[0])).toEqual(['run', 'started', 'fulfilled'])
      for (const line of lines) expect(line).toContain(`"notes" ${id}`)
    })
  })
}
