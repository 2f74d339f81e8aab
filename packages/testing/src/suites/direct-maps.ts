import {
  EmitterClosedError,
  HandlerNotPortableError,
  HandlerTimeoutError,
  InvalidOptionError,
  InvalidPayloadError,
  mapTasks,
  runTask,
  TaskCancelledError,
  type Executor,
  type Outcome,
} from '@eventlane/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { acts, holds, measures, notes, stops, type Job } from '../handlers.js'
import { setStage } from '../stage.js'

/** Everything that an iterator gives, and what it throws. */
async function allOf<Item>(items: AsyncIterable<Item>): Promise<{ given: Item[]; error?: unknown }> {
  const given: Item[] = []
  try {
    for await (const item of items) given.push(item)
  } catch (error) {
    return { given, error }
  }
  return { given }
}

/** How many tasks each call of `submit` is given from now on. */
function submissionsOf(executor: Executor): number[] {
  const sizes: number[] = []
  const submit = executor.submit.bind(executor)
  executor.submit = (tasks, ...rest) => {
    sizes.push(tasks.length)
    return submit(tasks, ...rest)
  }
  return sizes
}

/** Jobs without end; says how many were taken, and whether it was closed. */
function endlessJobs(job: (label: string) => Job) {
  const source = { taken: 0, isClosed: false }
  function* jobs(): Generator<Job> {
    try {
      for (;;) yield job(String((source.taken += 1)))
    } finally {
      source.isClosed = true
    }
  }
  return { source, jobs: jobs() }
}

/** One handler over many items. */
export function describeDirectMaps(factory: ExecutorFactory): void {
  const { backpressure } = factory().capabilities

  describe('mapping a handler over items', () => {
    test('gives a result for each item, in their order', async () => {
      const { executor } = setStage(factory, { workers: 2, concurrency: 2 })
      const texts = Array.from({ length: 200 }, (_, index) => 'x'.repeat(index))
      const { given } = await allOf(mapTasks(executor, measures, texts))
      expect(given).toEqual(texts.map(({ length }) => length))
      expect(await allOf(mapTasks(executor, measures, []))).toEqual({ given: [] })
    })

    test('gives results in order also where a later item is ready first, or else as they are ready', async () => {
      const { executor, witness, job } = setStage(factory, { workers: 1, concurrency: 2 })
      const jobs = ['slow', 'quick'].map((label) => job(label, { gate: label }))
      witness.open('quick')
      const ordered = mapTasks(executor, holds, jobs)
      const first = ordered.next()
      await witness.heard('ended')
      witness.open('slow')
      expect((await first).value).toBe('slow')
      expect((await ordered.next()).value).toBe('quick')

      const more = ['slower', 'quick'].map((label) => job(label, { gate: label }))
      const unordered = mapTasks(executor, holds, more, { ordered: false })
      expect((await unordered.next()).value).toBe('quick')
      witness.open('slower')
      expect((await unordered.next()).value).toBe('slower')
      expect((await unordered.next()).done).toBe(true)
    })

    test('takes nothing before it is iterated, and over a source without end never more than concurrency ahead', async () => {
      for (const ordered of [true, false]) {
        const { executor, job } = setStage(factory, { workers: 2, concurrency: 2 })
        const { source, jobs } = endlessJobs(job)
        const results = mapTasks(executor, notes, jobs, { concurrency: 7, chunkSize: 3, ordered })
        await new Promise(setImmediate)
        expect(source.taken).toBe(0)
        let given = 0
        let ahead = 0
        for await (const _label of results) {
          given += 1
          ahead = Math.max(ahead, source.taken - given + 1)
          expect(executor.stats().queued + executor.stats().running).toBeLessThanOrEqual(7)
          if (given === 500) break
        }
        expect(ahead).toBeGreaterThan(3)
        expect(ahead).toBeLessThanOrEqual(7)
        expect(source.isClosed).toBe(true)
        await executor.drain()
        expect(source.taken).toBeLessThanOrEqual(506)
        expect(executor.stats().counts.total).toBeLessThanOrEqual(506)
      }
    })

    test('hands chunkSize items over in one go, the last ones when the source ends', async () => {
      const { executor, job } = setStage(factory, { workers: 2 })
      const sizes = submissionsOf(executor)
      const labels = Array.from({ length: 23 }, (_, index) => String(index))
      const jobs = labels.map((label) => job(label))
      expect((await allOf(mapTasks(executor, notes, jobs, { chunkSize: 10 }))).given).toEqual(labels)
      expect(sizes).toEqual([10, 10, 3])
      sizes.length = 0
      await allOf(mapTasks(executor, notes, jobs.slice(0, 3)))
      expect(sizes).toEqual([1, 1, 1])
      expect(() => mapTasks(executor, notes, jobs, { chunkSize: 3, concurrency: 2 })).toThrow(
        InvalidOptionError,
      )
    })

    test('throws what an item fails with, at its place, and cancels the others', async () => {
      const { executor, job } = setStage(factory, { workers: 1, concurrency: 4 })
      const jobs = ['a', 'rejects', 'waits', 'b'].map((value) => job(value, { value }))
      const { given, error } = await allOf(mapTasks(executor, acts, jobs))
      expect(given).toEqual(['a'])
      expect(error).toMatchObject({ message: 'was told to', label: 'rejects' })
      await executor.drain()
      expect(executor.stats().counts).toMatchObject({ total: 4, rejected: 1 })
    })

    test('with outcomes, gives how each item ended, that of a refused one too', async () => {
      const { executor, job } = setStage(factory)
      const jobs = ['a', 'rejects', 'b'].map((value) => job(value, { value }))
      const { given } = await allOf(mapTasks(executor, acts, jobs, { outcomes: true }))
      expect(given).toMatchObject([
        { status: 'fulfilled', value: 'a' },
        { status: 'rejected', error: { label: 'rejects' } },
        { status: 'fulfilled', value: 'b' },
      ])
      const texts = ['four', 4 as never, 'again']
      const measured = await allOf(mapTasks(executor, measures, texts, { outcomes: true, chunkSize: 3 }))
      expect(measured.given).toMatchObject([{ value: 4 }, { status: 'rejected' }, { value: 5 }])
      expect((measured.given[1] as { error?: unknown }).error).toBeInstanceOf(InvalidPayloadError)
      const { given: before, error } = await allOf(mapTasks(executor, measures, texts))
      expect(before).toEqual([4])
      expect(error).toBeInstanceOf(InvalidPayloadError)
    })

    test('limits the run of each item', async () => {
      const { executor, job } = setStage(factory, { workers: 1, concurrency: 2 })
      const results = mapTasks(executor, stops, [job(), job()], { timeoutMs: 30, outcomes: true })
      const { given } = await allOf(results)
      expect(given.map((outcome) => (outcome as { error?: unknown }).error)).toEqual([
        expect.any(HandlerTimeoutError),
        expect.any(HandlerTimeoutError),
      ])
    })

    test('takes an async source, and throws what it throws after the results of the items before', async () => {
      const { executor } = setStage(factory)
      async function* texts(): AsyncGenerator<string> {
        yield 'a'
        await new Promise(setImmediate)
        yield 'bc'
        throw new RangeError('the source is dry')
      }
      for (const chunkSize of [1, 5]) {
        const { given, error } = await allOf(mapTasks(executor, measures, texts(), { chunkSize }))
        expect(given).toEqual([1, 2])
        expect(error).toBeInstanceOf(RangeError)
      }
    })

    test('ends when its signal aborts, also while the source is held up, and cancels what is under way', async () => {
      const { executor, witness, job } = setStage(factory)
      const controller = new AbortController()
      let taken = 0
      let isClosed = false
      const source: AsyncIterableIterator<Job> = {
        next: async () => {
          taken += 1
          if (taken > 1) await new Promise(() => undefined)
          return { done: false, value: job() }
        },
        return: () => {
          isClosed = true
          return new Promise(() => undefined)
        },
        [Symbol.asyncIterator]: () => source,
      }
      const { signal } = controller
      const ended = allOf(mapTasks(executor, stops, source, { signal, concurrency: 2 }))
      await witness.heard('started')
      controller.abort(new RangeError('enough'))
      expect((await ended).error).toBe(signal.reason)
      expect(isClosed).toBe(true)
      await witness.heard('stopped by RangeError')
      expect((await allOf(mapTasks(executor, notes, [job()], { signal }))).error).toBe(signal.reason)
    })

    test('ends when it is returned from while a result is awaited, and with `await using`', async () => {
      const { executor, witness, job } = setStage(factory)
      const results = mapTasks(executor, stops, [job()])
      const next = results.next()
      await witness.heard('started')
      await results[Symbol.asyncDispose]()
      expect(await next).toEqual({ done: true, value: undefined })
      await witness.heard('stopped by Error')
      expect((await results.next()).done).toBe(true)
      {
        await using unused = mapTasks(executor, notes, [job()])
        expect(unused).toBeDefined()
      }
      expect(witness.labels('ran')).toEqual([])
    })

    test('is refused at once where the handler has no address or an option is wrong', () => {
      const { executor } = setStage(factory)
      expect(() => mapTasks(executor, (length: number) => length, [1])).toThrow(HandlerNotPortableError)
      for (const options of [{ concurrency: 0 }, { chunkSize: 1.5 }, { ordered: 1 }, { outcome: true }])
        expect(() => mapTasks(executor, measures, ['a'], options as never)).toThrow(InvalidOptionError)
    })

    test('throws when its executor is shut down, after the results of what was handed over', async () => {
      const { executor, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      const { jobs, source } = endlessJobs((label) => job(label))
      const ended = allOf(mapTasks(executor, holds, jobs, { concurrency: 4 }))
      await witness.heard('started')
      const shutdown = executor.shutdown()
      witness.open()
      await shutdown
      const { given, error } = await ended
      expect(given).toEqual(['1', '2', '3', '4'])
      expect(error).toBeInstanceOf(EmitterClosedError)
      expect(source.isClosed).toBe(true)
    })

    test('throws when its executor is terminated', async () => {
      const { executor, witness, job } = setStage(factory, { workers: 1, concurrency: 1 })
      const { jobs, source } = endlessJobs((label) => job(label))
      const ended = allOf(mapTasks(executor, stops, jobs, { concurrency: 4 }))
      await witness.heard('started')
      await executor.terminate()
      const { given, error } = await ended
      expect(given).toEqual([])
      expect(error).toBeInstanceOf(TaskCancelledError)
      expect(source).toEqual({ taken: 4, isClosed: true })
    })

    if (backpressure) {
      for (const overflow of ['reject', 'wait', 'drop-newest', 'drop-oldest'] as const) {
        test(`waits for room where overflow is ${overflow}, chunk by chunk`, async () => {
          const options = { workers: 1, concurrency: 1, maxQueue: 3, overflow }
          const { executor, witness, job } = setStage(factory, options)
          const held = runTask(executor, holds, job('held', { gate: 'held' }))
          await witness.heard('started')
          const labels = Array.from({ length: 40 }, (_, index) => String(index))
          const jobs = labels.map((label) => job(label))
          let ended: unknown
          const results = [2, 5].map(async (chunkSize) => {
            const all = await allOf(mapTasks(executor, notes, jobs, { chunkSize }))
            ended ??= chunkSize
            return all
          })
          await new Promise(setImmediate)
          expect(ended).toBeUndefined()
          if (overflow === 'reject') runTask(executor, notes, job('single'))
          witness.open('held')
          await held
          for (const { given, error } of await Promise.all(results)) {
            expect(error).toBeUndefined()
            expect(given).toEqual(labels)
          }
          expect(executor.stats().counts).toMatchObject({ dropped: 0, rejected: 0 })
        })
      }
    }
  })

  describe('whatever becomes of items', () => {
    test(
      'each is given once, in order where it is ordered, and the counts add up',
      { timeout: 60_000 },
      async () => {
        const { executor, witness, job } = setStage(factory, { workers: 2, concurrency: 3 })
        const values = fc.array(fc.constantFrom('returns', 'returns', 'rejects', 'waits'), {
          maxLength: 12,
        })
        const options = fc.record({
          ordered: fc.boolean(),
          concurrency: fc.integer({ min: 4, max: 9 }),
          chunkSize: fc.integer({ min: 1, max: 4 }),
          timeoutMs: fc.constant(250),
        })
        let runs = 0
        await fc.assert(
          fc.asyncProperty(values, options, fc.boolean(), async (plan, chosen, isAsync) => {
            const before = executor.stats().counts.total
            const labels = plan.map(() => String((runs += 1)))
            const jobs = plan.map((value, index) => job(labels[index], { value, turns: index % 3 }))
            async function* later(): AsyncGenerator<Job> {
              for (const each of jobs) {
                await Promise.resolve()
                yield each
              }
            }
            const source = isAsync ? later() : jobs
            const { given } = await allOf(mapTasks(executor, acts, source, { ...chosen, outcomes: true }))
            expect(given).toHaveLength(plan.length)
            const seen = given.map(labelOf)
            const known = seen.filter((label) => label !== undefined)
            expect(new Set(known).size).toBe(known.length)
            if (chosen.ordered)
              for (const [index, label] of seen.entries())
                if (label !== undefined) expect(label).toBe(labels[index])
            for (const label of known) expect(labels).toContain(label)
            expect(executor.stats().counts.total - before).toBe(plan.length)
          }),
          { numRuns: 12 },
        )
        const ran = witness.labels('ran')
        expect(new Set(ran).size).toBe(ran.length)
      },
    )
  })
}

/** Which item an outcome is of, where it tells. */
function labelOf(outcome: Outcome<string | undefined>): string | undefined {
  if (outcome.status === 'fulfilled') return outcome.value
  return outcome.status === 'rejected' ? (outcome.error as { label?: string }).label : undefined
}
