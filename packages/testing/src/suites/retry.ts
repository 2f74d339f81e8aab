import {
  HandlerTimeoutError,
  LinkFunctionError,
  WorkerLostError,
  type Handler,
  type RetryOptions,
} from '@eventlane/core'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  exits,
  exitsAtFirst,
  failsAtFirst,
  holdsAtFirst,
  MoreWork,
  notes,
  stopsAtFirst,
  Work,
  type Job,
} from '../handlers.js'
import { unreachable as throwsAtImport } from '../modules/throws-at-import.js'
import { errorOf, setStage, statuses, testWhere, valueOf } from '../stage.js'
import { until, type Witness } from '../witness.js'

/** Longer than any test. */
const FOREVER = 600_000

const QUICK: RetryOptions = { attempts: 3, delayMs: 1 }

function attemptsOf(witness: Witness): string[] {
  return witness.testimonies.map(({ what }) => what)
}

/** Trying failed tasks again. */
export function describeRetry(factory: ExecutorFactory): void {
  const { isolated, killsRunning, once = true } = factory().capabilities
  const testOfOnce = testWhere(once)

  describe('a link with retry', () => {
    test('tries a failed task again until an attempt is fulfilled, and says which one it is', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, failsAtFirst, { retry: QUICK })
      const report = await events.emit(Work, job('', { failures: 2 }))
      expect(valueOf(report, failsAtFirst)).toBe(3)
      expect(report.of(failsAtFirst)).toMatchObject({ attempt: 3 })
      expect(attemptsOf(witness)).toEqual(['attempt 1', 'attempt 2', 'attempt 3'])
      expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
    })

    test('gives up when the attempts are used up, with the last error, and reports one failure', async () => {
      const failures: unknown[] = []
      const { events, linker, witness, job } = setStage(factory)
      const onFailure = (error: unknown): number => failures.push(error)
      linker.on(Work, failsAtFirst, { retry: QUICK, onFailure })
      const report = await events.emit(Work, job()).settled
      expect(errorOf(report, failsAtFirst)).toMatchObject({ code: 'ERR_CODED' })
      expect(report.of(failsAtFirst)).toMatchObject({ attempt: 3 })
      expect(failures).toHaveLength(1)
      expect(attemptsOf(witness)).toHaveLength(3)
      expect(await events.drain()).toMatchObject({ total: 1, rejected: 1 })
    })

    test('makes three attempts where it does not say how many, and without retry there is one', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, failsAtFirst, { retry: { delayMs: 0, backoff: 'fixed' } })
      linker.on(MoreWork, failsAtFirst)
      await events.emit(Work, job('with')).settled
      await events.emit(MoreWork, job('without')).settled
      expect(witness.testimonies.map(({ label }) => label)).toEqual(['with', 'with', 'with', 'without'])
    })

    test('asks retryIf, in the realm of the emitter, about each error and its attempt', async () => {
      const { events, linker, witness, job } = setStage(factory)
      const asked: unknown[] = []
      const retryIf = (error: unknown, attempt: number): boolean => {
        asked.push((error as Error).name, attempt)
        return attempt < 2
      }
      linker.on(Work, failsAtFirst, { retry: { attempts: 5, delayMs: 1, retryIf } })
      const report = await events.emit(Work, job()).settled
      expect(statuses(report)).toEqual(['rejected'])
      expect(asked).toEqual(['RangeError', 1, 'RangeError', 2])
      expect(attemptsOf(witness)).toHaveLength(2)
    })

    const misuses: Record<string, () => unknown> = {
      throws: () => {
        throw new TypeError('of retryIf')
      },
      'returns no boolean': () => Promise.resolve(false),
    }
    for (const [what, misused] of Object.entries(misuses)) {
      test(`rejects the task where retryIf ${what}, naming it and keeping the handler's error`, async () => {
        const { events, linker, witness, job } = setStage(factory)
        linker.on(Work, failsAtFirst, { retry: { ...QUICK, retryIf: misused as () => boolean } })
        linker.on(MoreWork, notes)
        const error = errorOf(await events.emit(Work, job()).settled, failsAtFirst)
        expect(error).toBeInstanceOf(LinkFunctionError)
        expect(error).toMatchObject({ code: 'ERR_LINK_FUNCTION', failure: { code: 'ERR_CODED' } })
        expect((error as Error).message).toContain('retryIf')
        expect((error as Error).message).toContain('failsAtFirst')
        expect(attemptsOf(witness)).toEqual(['attempt 1'])
        expect(statuses(await events.emit(MoreWork, job()))).toEqual(['fulfilled'])
      })
    }

    test('limits the time of each attempt, and a timeout is tried again', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, { killGraceMs: FOREVER })
      linker.on(Work, stopsAtFirst, { timeoutMs: 50, retry: QUICK })
      expect(valueOf(await events.emit(Work, job()), stopsAtFirst)).toBe(2)
      expect(attemptsOf(witness)).toEqual(['attempt 1', 'attempt 2'])
      expect(executor.stats().workersLost).toBe(0)
    })

    test('is cancelled while it waits for its next attempt, at once', async () => {
      const { events, executor, linker, witness, job } = setStage(factory)
      linker.on(Work, failsAtFirst, { retry: { delayMs: FOREVER, maxDelayMs: FOREVER } })
      const emission = events.emit(Work, job())
      await witness.heard('attempt 1')
      await until(() => emission.tasks[0]?.status === 'pending', 'the task waits for its next attempt')
      expect(executor.stats()).toMatchObject({ queued: 1 })
      emission.cancel()
      expect(emission.status).toBe('settled')
      expect(await events.drain()).toMatchObject({ total: 1, cancelled: 1 })
      await executor.drain()
      expect(executor.stats()).toMatchObject({ queued: 0 })
      expect(attemptsOf(witness)).toEqual(['attempt 1'])
    })

    test('does not start the next attempt where the link was removed meanwhile', async () => {
      const { events, linker, witness, job } = setStage(factory)
      const link = linker.on(Work, failsAtFirst, { retry: { delayMs: 400, jitter: 0 } })
      const emission = events.emit(Work, job())
      await witness.heard('attempt 1')
      await until(() => emission.tasks[0]?.status === 'pending', 'the task waits for its next attempt')
      link.unlink()
      expect(statuses(await emission.settled)).toEqual(['cancelled'])
      expect(attemptsOf(witness)).toEqual(['attempt 1'])
    })

    testOfOnce('makes one task of a once link, and as many attempts at it as need be', async () => {
      const { events, linker, job } = setStage(factory)
      linker.once(Work, failsAtFirst, { retry: QUICK })
      const emissions = [events.emit(Work, job('', { failures: 1 })), events.emit(Work, job())]
      expect(valueOf(await (emissions[0] ?? expect.unreachable()), failsAtFirst)).toBe(2)
      expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
    })

    test('is waited for by drain and by shutdown', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, failsAtFirst, { retry: { attempts: 2, delayMs: 20, backoff: 'fixed' } })
      events.emit(Work, job('', { failures: 1 }))
      expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
      events.emit(Work, job('', { failures: 1 }))
      expect(await events.shutdown()).toMatchObject({ total: 2, fulfilled: 2 })
      expect(attemptsOf(witness)).toHaveLength(4)
    })

    test('has not started, for shutdown({ cancelPending }), while it waits for its next attempt', async () => {
      const { events, linker, witness, job } = setStage(factory)
      linker.on(Work, failsAtFirst, { retry: { delayMs: FOREVER, maxDelayMs: FOREVER } })
      const emission = events.emit(Work, job())
      await witness.heard('attempt 1')
      await until(() => emission.tasks[0]?.status === 'pending', 'the task waits for its next attempt')
      expect(await events.shutdown({ cancelPending: true })).toMatchObject({ total: 1, cancelled: 1 })
    })

    test('is finished by the shutdown of the executor, and cancelled by its termination', async () => {
      const { events, executor, linker, witness, job } = setStage(factory)
      linker.on(Work, failsAtFirst, { retry: QUICK })
      const emission = events.emit(Work, job('', { failures: 1 }))
      await executor.shutdown()
      expect(valueOf(await emission, failsAtFirst)).toBe(2)
      const other = setStage(factory)
      other.linker.on(Work, failsAtFirst, { retry: { delayMs: FOREVER, maxDelayMs: FOREVER } })
      const waiting = other.events.emit(Work, job('other'))
      await until(() => witness.labels('attempt 1').includes('other'), 'the other handler has run')
      await other.executor.terminate()
      expect(statuses(await waiting.settled)).toEqual(['cancelled'])
    })

    test('keeps the AsyncLocalStorage of the emit, in the emitter’s realm', async () => {
      const { events, linker, job } = setStage(factory)
      const storage = new AsyncLocalStorage<string>()
      const seen: unknown[] = []
      const fails = (): void => {
        seen.push(storage.getStore())
        throw new Error('again')
      }
      linker.on(Work, fails, { local: true, retry: QUICK })
      await storage.run('request 1', () => events.emit(Work, job())).settled
      expect(seen).toEqual(['request 1', 'request 1', 'request 1'])
    })

    test('counts each task once, whatever the attempts', async () => {
      const { events, linker, job } = setStage(factory, { workers: 2, concurrency: 2 })
      linker.on(Work, failsAtFirst, { retry: QUICK, onFailure: () => undefined })
      for (let failures = 0; failures < 20; failures += 1)
        events.emit(Work, job('', { failures: failures % 4 }))
      expect(await events.drain()).toMatchObject({ total: 20, fulfilled: 15, rejected: 5 })
    })
  })

  describe('an attempt whose handler goes on after its timeout', () => {
    if (killsRunning) {
      test('is over before the next one starts', async () => {
        const { events, linker, witness, job } = setStage(factory, { workers: 2, killGraceMs: FOREVER })
        linker.on(Work, holdsAtFirst, { timeoutMs: 50, retry: QUICK })
        linker.on(MoreWork, notes)
        const emission = events.emit(Work, job('', { gate: 'held' }))
        await witness.heard('attempt 1')
        await until(() => emission.tasks[0]?.status === 'pending', 'the first attempt has timed out')
        await events.emit(MoreWork, job())
        expect(witness.labels('attempt 2')).toEqual([])
        witness.open('held')
        expect(valueOf(await emission, holdsAtFirst)).toBe(2)
        expect(attemptsOf(witness)).toEqual(['attempt 1', 'ran', 'ended 1', 'attempt 2'])
      })

      test('is over when its worker is gone', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 1, killGraceMs: 20 })
        linker.on(Work, holdsAtFirst, { timeoutMs: 50, retry: QUICK })
        expect(valueOf(await events.emit(Work, job('', { gate: 'never' })), holdsAtFirst)).toBe(2)
        expect(attemptsOf(witness)).toEqual(['attempt 1', 'attempt 2'])
        expect(executor.stats().workersLost).toBe(1)
      })
    } else {
      test('does not hold up the next one, since it may never return', async () => {
        const { events, linker, witness, job } = setStage(factory)
        linker.on(Work, holdsAtFirst, { timeoutMs: 20, retry: QUICK })
        const emission = events.emit(Work, job('', { gate: 'never' }))
        const report = await emission
        expect(valueOf(report, holdsAtFirst)).toBe(2)
        witness.open('never')
        await witness.heard('ended 1')
        expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
      })
    }
  })

  if (!isolated) return

  describe('a lost worker', () => {
    async function lose(handler: Handler<Job>, retry: RetryOptions) {
      const { events, linker, witness, job } = setStage(factory, { workers: 1 })
      linker.on(Work, handler, { retry })
      return { report: await events.emit(Work, job('', { exitCode: 3 })).settled, witness }
    }

    test('is no reason to try again by itself, since the handler may have run in part', async () => {
      const { report, witness } = await lose(exitsAtFirst, QUICK)
      expect(errorOf(report, exitsAtFirst)).toBeInstanceOf(WorkerLostError)
      expect(attemptsOf(witness)).toEqual(['attempt 1'])
    })

    test('is one with onWorkerLoss', async () => {
      const { report, witness } = await lose(exitsAtFirst, { ...QUICK, onWorkerLoss: true })
      expect(valueOf(report, exitsAtFirst)).toBe(2)
      expect(attemptsOf(witness)).toEqual(['attempt 1', 'attempt 2'])
    })

    test('again and again ends when the attempts are used up', async () => {
      const { report, witness } = await lose(exits, { ...QUICK, onWorkerLoss: true })
      expect(errorOf(report, exits)).toBeInstanceOf(WorkerLostError)
      expect(witness.labels('started')).toHaveLength(3)
    })

    test('after a timeout leaves the timeout as the outcome', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 1, killGraceMs: 20 })
      linker.on(Work, holdsAtFirst, { timeoutMs: 50, retry: { ...QUICK, attempts: 1 } })
      const error = errorOf(await events.emit(Work, job('', { gate: 'never' })).settled, holdsAtFirst)
      expect(error).toBeInstanceOf(HandlerTimeoutError)
      expect(attemptsOf(witness)).toEqual(['attempt 1'])
    })
  })

  test('a handler that no worker can find is not tried again', async () => {
    const { events, linker, job } = setStage(factory, { workers: 1 })
    const asked: unknown[] = []
    const retryIf = (error: unknown): boolean => asked.push(error) > 0
    linker.on(Work, throwsAtImport, { retry: { ...QUICK, retryIf } })
    const report = await events.emit(Work, job()).settled
    expect(errorOf(report, throwsAtImport)).toMatchObject({ code: 'ERR_HANDLER_NOT_PORTABLE' })
    expect(asked).toEqual([])
  })
}
