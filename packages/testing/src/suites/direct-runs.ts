import {
  HandlerNotPortableError,
  HandlerTimeoutError,
  InvalidOptionError,
  InvalidPayloadError,
  PayloadNotPortableError,
  runTask,
  TaskCancelledError,
  WorkerLostError,
  type TaskHandle,
} from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  changes,
  cleansUp,
  describesItself,
  emitsChild,
  exits,
  holds,
  Measured,
  measures,
  MoreWork,
  notes,
  returnsAFunction,
  stops,
  tellsEvent,
  tellsMetadata,
  throwsIt,
  Work,
} from '../handlers.js'
import { onlyInMain } from '../modules/main-realm-only.js'
import { errorOfRun, setStage, testWhere, thrownBy, warningsOf } from '../stage.js'

/** Handlers that are run without an event and an emitter. */
export function describeDirectRuns(factory: ExecutorFactory): void {
  const { capabilities, mode } = factory()
  const { isolated, portable } = capabilities

  describe('a direct run', () => {
    test('gives who awaits it what the handler returns, and tells how it stands', async () => {
      const { executor, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      const handle = runTask(executor, holds, job('a', { gate: 'a' }))
      const behind = runTask(executor, holds, job('b', { gate: 'b' }))
      expect(handle).toMatchObject({ status: 'pending', result: undefined, error: undefined })
      expect(handle.outcome).toBeUndefined()
      await witness.heard('started')
      expect(handle.status).toBe('running')
      witness.open('a')
      expect(await handle).toBe('a')
      expect(handle).toMatchObject({ status: 'fulfilled', result: 'a', error: undefined })
      expect(handle.handler.name).toBe('holds')
      const { address, handler, waitMs, runMs } = await handle.settled
      expect(address).toEqual(handle.handler)
      expect(handler).toContain('holds')
      expect(waitMs).toBeGreaterThanOrEqual(0)
      expect(runMs).toBeGreaterThan(0)
      witness.open('b')
      expect(await behind).toBe('b')
    })

    test('has no event: the context names the handler, and the id of the handle', async () => {
      const { executor, job } = setStage(factory)
      const handle = runTask(executor, describesItself, job())
      const { event, emissionId, parentId, isPayload, ...seen } = await handle
      expect({ event, emissionId, parentId, isPayload }).toEqual({
        event: 'describesItself',
        emissionId: handle.id,
        parentId: undefined,
        isPayload: true,
      })
      if (mode !== 'remote') expect(seen.mode).toBe(mode)
      expect([seen.pid, seen.threadId].join() === [process.pid, 0].join()).toBe(!isolated)
    })

    test('starts never inside the call, and in turn with emissions', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      linker.on(Work, notes)
      events.emit(Work, job('emitted first'))
      const handle = runTask(executor, notes, job('run'))
      events.emit(Work, job('emitted last'))
      expect(witness.testimonies).toEqual([])
      await handle
      await events.drain()
      expect(witness.labels('ran')).toEqual(['emitted first', 'run', 'emitted last'])
      expect(executor.stats().counts).toMatchObject({ total: 3, fulfilled: 3 })
    })

    test('gets a payload of its own, unless payloads go by reference', async () => {
      const { executor, job } = setStage(factory)
      const value = ['given']
      const handle = runTask(executor, changes, job('', { value }))
      value.push('later')
      expect(await handle).toEqual(portable ? ['given', 'changed'] : ['given', 'later', 'changed'])
      expect(value).toEqual(portable ? ['given', 'later'] : ['given', 'later', 'changed'])
    })

    if (portable) {
      test('is refused with the path of what is not portable, and nothing has happened', async () => {
        const { executor, job } = setStage(factory)
        const error = thrownBy(() => runTask(executor, notes, job('', { value: [() => 1] })))
        expect(error).toBeInstanceOf(PayloadNotPortableError)
        expect((error as Error).message).toContain('payload.value[0]')
        expect(executor.stats().counts.total).toBe(0)
        const failed = await errorOfRun(runTask(executor, returnsAFunction))
        expect(failed).toBeInstanceOf(PayloadNotPortableError)
        expect((failed as Error).message).toContain('result.rows[0].format')
      })
    }

    test('is refused where the handler has no address', () => {
      const { executor, job } = setStage(factory)
      const local = (): number => 1
      expect(() => runTask(executor, local)).toThrow(HandlerNotPortableError)
      expect(() => runTask(executor, undefined as never, job() as never)).toThrow(HandlerNotPortableError)
      expect(() => runTask(executor, notes, job(), { retry: {} } as never)).toThrow(InvalidOptionError)
      expect(() => runTask(executor, notes, job(), { timeoutMs: -1 })).toThrow(InvalidOptionError)
    })

    if (isolated) {
      test('is rejected where the module of its handler does not define it in a worker', async () => {
        const { executor, job } = setStage(factory)
        const error = await errorOfRun(runTask(executor, onlyInMain, job()))
        expect(error).toBeInstanceOf(HandlerNotPortableError)
      })

      test('is rejected when its worker dies', async () => {
        const { executor, job } = setStage(factory)
        const error = await errorOfRun(runTask(executor, exits, job('', { exitCode: 3 })))
        expect(error).toBeInstanceOf(WorkerLostError)
        expect(error).toMatchObject({ exitCode: 3 })
        expect(await runTask(executor, notes, job('after'))).toBe('after')
      })
    }

    test('is validated by the schema of the event that its handler was defined with', async () => {
      const { executor } = setStage(factory)
      expect(await runTask(executor, measures, 'four')).toBe(4)
      const error = thrownBy(() => runTask(executor, measures, 4 as never))
      expect(error).toBeInstanceOf(InvalidPayloadError)
      expect(error).toMatchObject({ event: Measured.name, issues: [{ path: 'payload.text' }] })
    })

    test('says which event it is of, where its handler was defined with several', async () => {
      const { executor, job } = setStage(factory)
      const given = runTask(executor, tellsEvent, job('a'), { event: MoreWork })
      expect(await given).toBe(`${MoreWork.name} a`)
      expect(() => runTask(executor, tellsEvent, job('a'))).toThrow(InvalidOptionError)
      expect(() => runTask(executor, tellsEvent, job('a'), { event: Measured })).toThrow(InvalidOptionError)
    })

    test('throws what the handler threw, and tells it without throwing', async () => {
      const { executor, job } = setStage(factory)
      const handle = runTask(executor, throwsIt, job('', { how: 'registered' }))
      const error = await errorOfRun(handle)
      expect(error).toMatchObject({ name: 'RegisteredError', message: 'registered', items: [1, 2, 3] })
      expect(handle.error).toBe(error)
      expect(handle).toMatchObject({ status: 'rejected', result: undefined })
      expect(await handle.settled).toMatchObject({ status: 'rejected', error })
    })

    test('is rejected when it takes longer than its timeoutMs', async () => {
      const { executor, witness, job } = setStage(factory)
      const error = await errorOfRun(runTask(executor, stops, job(), { timeoutMs: 30 }))
      expect(error).toBeInstanceOf(HandlerTimeoutError)
      await witness.heard('stopped by HandlerTimeoutError')
    })

    test('that waits never starts once it is cancelled', async () => {
      const { executor, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      const running = runTask(executor, holds, job())
      await witness.heard('started')
      const waiting = runTask(executor, notes, job())
      waiting.cancel(new Error('changed my mind'))
      expect(waiting.status).toBe('cancelled')
      const error = await errorOfRun(waiting)
      expect(error).toBeInstanceOf(TaskCancelledError)
      expect((error as Error).message).toContain('changed my mind')
      witness.open()
      await running
      await executor.drain()
      expect(witness.labels('ran')).toEqual([])
      expect(executor.stats().counts).toMatchObject({ total: 2, fulfilled: 1, cancelled: 1 })
    })

    test('that runs is told by its signal when it is cancelled, by itself or by a signal', async () => {
      const { executor, witness, job } = setStage(factory, { workers: 1, concurrency: 2 })
      const controller = new AbortController()
      const one = runTask(executor, stops, job(), { signal: controller.signal })
      const other = runTask(executor, stops, job())
      await witness.heard('started', 2)
      controller.abort(new RangeError('too late'))
      other.cancel()
      other.cancel(new Error('only the first call counts'))
      expect(await one.settled).toMatchObject({
        status: 'cancelled',
        reason: controller.signal.reason as Error,
      })
      expect(await other.settled).toMatchObject({ status: 'cancelled' })
      await witness.heard('stopped by RangeError')
      await witness.heard('stopped by Error')
      expect(() => runTask(executor, notes, job(), { signal: controller.signal })).toThrow(RangeError)
    })

    test('is cancelled when its scope is left, and with `await using` has then stopped', async () => {
      const { executor, witness, job } = setStage(factory, { workers: 1, concurrency: 2 })
      let left: TaskHandle
      {
        using handle = runTask(executor, stops, job())
        left = handle
        await witness.heard('started')
      }
      expect(left.status).toBe('cancelled')
      {
        await using handle = runTask(executor, cleansUp, job())
        left = handle
        await witness.heard('started', 2)
      }
      expect(left.status).toBe('cancelled')
      expect(witness.labels('cleaned up')).toHaveLength(1)
      {
        await using handle = runTask(executor, notes, job('kept'))
        expect(await handle).toBe('kept')
        left = handle
      }
      expect(left.status).toBe('fulfilled')
    })

    test('takes metadata to its handler', async () => {
      const { executor, job } = setStage(factory)
      const metadata = { tenant: 'a', tags: ['x'] }
      expect(await runTask(executor, tellsMetadata, job(), { metadata })).toEqual(metadata)
    })

    testWhere(!capabilities.emitsElsewhere)('has no emitter: context.emit rejects', async () => {
      const { executor, job } = setStage(factory)
      expect(await errorOfRun(runTask(executor, emitsChild, job()))).toMatchObject({ code: 'ERR_NO_EMITTER' })
    })

    test('that fails is a warning where nobody looks, and none where somebody does', async () => {
      const { executor, job } = setStage(factory)
      const warnings = await warningsOf(async () => {
        runTask(executor, throwsIt, job())
        await executor.drain()
        await new Promise(setImmediate)
        await runTask(executor, throwsIt, job()).settled
        expect(runTask(executor, throwsIt, job()).error).toBeUndefined()
        await executor.drain()
      })
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toMatch(/out of range.*throwsIt/s)
    })
  })
}
