import { EventEmitter, LinkFunctionError, type LinkOptions } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  blocks,
  ChildWork,
  emitsChild,
  exitsAtFirst,
  failsAtFirst,
  holds,
  MoreWork,
  notes,
  takesTurns,
  Work,
  type Job,
} from '../handlers.js'
import { randomNumbers } from '../random-numbers.js'
import { errorOf, setStage, statuses, testWhere, thrownBy } from '../stage.js'
import { until, type Witness } from '../witness.js'

/** Longer than any test. */
const FOREVER = 600_000

/** Many tasks at once, were it not for the order. */
const WIDE = { workers: 3, concurrency: 4 }

const BY_LABEL: LinkOptions<Job> = { order: ({ label = '' }) => label.charAt(0) }

/** What was said about tasks, as `what label`. */
function said(witness: Witness): string[] {
  return witness.testimonies.map(({ what, label }) => `${what} ${label}`)
}

/** Tasks of a link that do not overtake each other. */
export function describeOrder(factory: ExecutorFactory): void {
  const testOfEmitting = testWhere(!factory().capabilities.emitsElsewhere)
  const { capabilities } = factory()
  const { isolated, killsRunning, portable } = capabilities

  if (!capabilities.order) {
    describe('a link with order', () => {
      test('is refused by emit and by ready', async () => {
        const { events, linker, job } = setStage(factory)
        linker.on(Work, notes, { order: 'serial' })
        expect(thrownBy(() => events.emit(Work, job()))).toMatchObject({ code: 'ERR_INVALID_LINK' })
        await expect(events.ready()).rejects.toMatchObject({ code: 'ERR_INVALID_LINK' })
        expect(await events.drain()).toMatchObject({ total: 0 })
      })
    })
    return
  }

  describe("a link with order: 'serial'", () => {
    test('runs one task at a time, in emit order, whatever each of them takes', async () => {
      const { events, linker, witness, job } = setStage(factory, WIDE)
      linker.on(Work, takesTurns, { order: 'serial' })
      const labels = Array.from({ length: 30 }, (_, index) => String(index))
      for (const [index, label] of labels.entries())
        events.emit(Work, job(label, { turns: 9 - (index % 10) }))
      expect(await events.drain()).toMatchObject({ total: 30, fulfilled: 30 })
      expect(said(witness)).toEqual(labels.flatMap((label) => [`started ${label}`, `ended ${label}`]))
    })

    test('does not hold up other links', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 2 })
      linker.on(Work, holds, { order: 'serial' })
      linker.on(MoreWork, notes)
      for (const label of ['a', 'b']) events.emit(Work, job(label, { gate: label }))
      await witness.heard('started')
      const others = ['1', '2', '3'].map((label) => events.emit(MoreWork, job(label)))
      for (const other of others) expect(statuses(await other)).toEqual(['fulfilled'])
      expect(witness.labels('started')).toEqual(['a'])
      witness.open()
      await events.drain()
      expect(witness.labels('started')).toEqual(['a', 'b'])
    })

    test('goes on after tasks that fail', async () => {
      const { events, linker, witness, job } = setStage(factory, WIDE)
      linker.on(Work, failsAtFirst, { order: 'serial', onFailure: () => undefined })
      for (const [label, failures] of [
        ['a', 1],
        ['b', 0],
        ['c', 1],
        ['d', 0],
      ] as const)
        events.emit(Work, job(label, { failures }))
      expect(await events.drain()).toMatchObject({ total: 4, fulfilled: 2, rejected: 2 })
      expect(witness.labels('attempt 1')).toEqual(['a', 'b', 'c', 'd'])
    })

    test('skips tasks that were cancelled while they waited, and those of a removed link', async () => {
      const { events, linker, witness, job } = setStage(factory, WIDE)
      const link = linker.on(Work, holds, { order: 'serial' })
      const [, second, third, fourth] = ['a', 'b', 'c', 'd'].map((label) =>
        events.emit(Work, job(label, { gate: label })),
      )
      await witness.heard('started')
      second?.cancel()
      witness.open('a')
      await witness.heard('started', 2)
      await until(() => third?.tasks[0]?.status === 'running', 'the emitter knows that the third has started')
      link.unlink()
      witness.open('c')
      expect(statuses(await (third ?? expect.unreachable()))).toEqual(['fulfilled'])
      expect(statuses(await (fourth ?? expect.unreachable()).settled)).toEqual(['cancelled'])
      expect(await events.drain()).toMatchObject({ total: 4, fulfilled: 2, cancelled: 2 })
      expect(witness.labels('started')).toEqual(['a', 'c'])
    })

    test('holds for each emitter by itself', async () => {
      const { events, executor, linker, witness, job } = setStage(factory, WIDE)
      linker.on(Work, holds, { order: 'serial' })
      const other = new EventEmitter({ executor, linker, ownsExecutor: false })
      events.emit(Work, job('a', { gate: 'a' }))
      await witness.heard('started')
      const emission = other.emit(Work, job('b', { gate: 'b' }))
      witness.open('b')
      expect(statuses(await emission)).toEqual(['fulfilled'])
      witness.open('a')
      await events.drain()
    })

    testOfEmitting('holds for what handlers emit', async () => {
      const { events, linker, witness, job } = setStage(factory, WIDE)
      linker.on(Work, emitsChild)
      linker.on(ChildWork, takesTurns, { order: 'serial' })
      for (let index = 0; index < 20; index += 1) events.emit(Work, job(String(index), { turns: index % 4 }))
      expect(await events.drain()).toMatchObject({ total: 40, fulfilled: 40 })
      const children = witness.testimonies.filter(({ what }) => what !== 'emitting')
      expect(children.map(({ what }) => what)).toEqual(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 'started' : 'ended')),
      )
    })

    test('holds for local links', async () => {
      const { events, linker, job } = setStage(factory)
      const seen: string[] = []
      const local = async ({ label = '', turns = 0 }: Job): Promise<void> => {
        seen.push(`started ${label}`)
        for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
        seen.push(`ended ${label}`)
      }
      linker.on(Work, local, { local: true, order: 'serial' })
      for (const [label, turns] of [
        ['a', 5],
        ['b', 0],
        ['c', 2],
      ] as const)
        events.emit(Work, job(label, { turns }))
      await events.drain()
      expect(seen).toEqual(['a', 'b', 'c'].flatMap((label) => [`started ${label}`, `ended ${label}`]))
    })
  })

  describe('a link with order by key', () => {
    test('runs different keys side by side, and one key in order', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 2 })
      linker.on(Work, holds, BY_LABEL)
      for (const label of ['a1', 'a2', 'b1', 'b2']) events.emit(Work, job(label, { gate: label }))
      await witness.heard('started', 2)
      expect([...witness.labels('started')].sort()).toEqual(['a1', 'b1'])
      witness.open('b1')
      await witness.heard('started', 3)
      expect(witness.labels('started').at(-1)).toBe('b2')
      witness.open()
      await events.drain()
      expect(witness.labels('started')).toHaveLength(4)
    })

    test('calls order in the realm of the emitter, with a copy of its own', async () => {
      const { events, linker, witness, job } = setStage(factory)
      const seen: unknown[] = []
      const order = (work: Job): string => {
        seen.push(work.label)
        if (portable) Object.assign(work, { label: 'changed' })
        return 'key'
      }
      linker.on(Work, notes, { order })
      await events.emit(Work, job('a'))
      expect(seen).toEqual(['a'])
      expect(witness.labels('ran')).toEqual(['a'])
    })

    const misuses: Record<string, () => unknown> = {
      throws: () => {
        throw new TypeError('of order')
      },
      'returns an object': () => ({}),
      'returns nothing': () => undefined,
    }
    for (const [what, misused] of Object.entries(misuses)) {
      test(`rejects the task where order ${what}, naming it, and runs the other handlers`, async () => {
        const { events, linker, witness, job } = setStage(factory)
        linker.on(Work, takesTurns, { order: misused as () => string })
        linker.on(Work, notes)
        const emission = events.emit(Work, job('a'))
        expect(emission.status).toBe('running')
        const report = await emission.settled
        expect(statuses(report)).toEqual(['rejected', 'fulfilled'])
        const error = errorOf(report, takesTurns)
        expect(error).toBeInstanceOf(LinkFunctionError)
        expect((error as Error).message).toContain('order')
        expect((error as Error).message).toContain('takesTurns')
        expect(said(witness)).toEqual(['ran a'])
        expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 1, rejected: 1 })
      })
    }
  })

  describe('a turn lasts', () => {
    test('over all attempts, and the time between them', async () => {
      const { events, linker, witness, job } = setStage(factory, WIDE)
      linker.on(Work, failsAtFirst, {
        ...BY_LABEL,
        retry: { attempts: 3, delayMs: 10 },
        onFailure: () => undefined,
      })
      for (const [label, failures] of [
        ['a1', 2],
        ['a2', 9],
        ['a3', 0],
      ] as const)
        events.emit(Work, job(label, { failures }))
      expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 2, rejected: 1 })
      expect(said(witness)).toEqual([
        ...['attempt 1 a1', 'attempt 2 a1', 'attempt 3 a1'],
        ...['attempt 1 a2', 'attempt 2 a2', 'attempt 3 a2'],
        'attempt 1 a3',
      ])
    })

    test('not longer than the task where it is cancelled between two attempts', async () => {
      const { events, linker, witness, job } = setStage(factory, WIDE)
      linker.on(Work, failsAtFirst, { order: 'serial', retry: { delayMs: FOREVER, maxDelayMs: FOREVER } })
      const first = events.emit(Work, job('a'))
      const second = events.emit(Work, job('b', { failures: 0 }))
      await until(() => witness.labels('attempt 1').length === 1, 'the first attempt has been made')
      await until(() => first.tasks[0]?.status === 'pending', 'it waits for the second')
      first.cancel()
      expect(statuses(await second)).toEqual(['fulfilled'])
      expect(said(witness)).toEqual(['attempt 1 a', 'attempt 1 b'])
    })

    for (const ending of ['a timeout', 'a cancellation']) {
      test(`until the handler has returned, also after ${ending}`, async () => {
        const { events, linker, witness, job } = setStage(factory, { ...WIDE, killGraceMs: FOREVER })
        linker.on(Work, holds, { order: 'serial' })
        linker.on(MoreWork, notes)
        const timeoutMs = ending === 'a timeout' ? 40 : FOREVER
        const deaf = events.emit(Work, job('deaf', { gate: 'deaf' }), { timeoutMs })
        const next = events.emit(Work, job('next', { gate: 'next' }))
        await witness.heard('started')
        if (ending === 'a cancellation') deaf.cancel()
        const expected = ending === 'a timeout' ? 'rejected' : 'cancelled'
        expect(statuses(await deaf.settled)).toEqual([expected])
        for (let round = 0; round < 5; round += 1) await events.emit(MoreWork, job(String(round)))
        expect(witness.labels('started')).toEqual(['deaf'])
        expect(next.tasks[0]?.status).toBe('pending')
        witness.open('next')
        witness.open('deaf')
        expect(statuses(await next)).toEqual(['fulfilled'])
        expect(witness.labels('ended')).toEqual(['deaf', 'next'])
      })
    }

    if (killsRunning) {
      test('until the worker of a handler that does not stop is gone', async () => {
        const { events, executor, linker, witness, job } = setStage(factory, { workers: 2, killGraceMs: 20 })
        linker.on(Work, blocks, { order: 'serial' })
        witness.open('next')
        const deaf = events.emit(Work, job('deaf', { gate: 'never' }), { timeoutMs: 50 })
        const next = events.emit(Work, job('next', { gate: 'next' }))
        expect(statuses(await deaf.settled)).toEqual(['rejected'])
        expect(statuses(await next)).toEqual(['fulfilled'])
        expect(executor.stats().workersLost).toBe(1)
        expect(said(witness)).toEqual(['started deaf', 'started next', 'ended next'])
      })
    }

    if (isolated) {
      test('until a lost worker is gone, and over the attempt that follows', async () => {
        const { events, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 2 })
        linker.on(Work, exitsAtFirst, { order: 'serial', retry: { delayMs: 1, onWorkerLoss: true } })
        linker.on(MoreWork, exitsAtFirst, { order: 'serial' })
        for (const label of ['a', 'b', 'c']) events.emit(Work, job(label))
        expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 3 })
        expect(said(witness)).toEqual(
          ['a', 'b', 'c'].flatMap((label) => [`attempt 1 ${label}`, `attempt 2 ${label}`]),
        )
        for (const label of ['d', 'e']) void events.emit(MoreWork, job(label)).settled
        expect(await events.drain()).toMatchObject({ total: 5, rejected: 2 })
        expect(witness.labels('attempt 1')).toEqual(['a', 'b', 'c', 'd', 'e'])
      })
    }
  })

  describe('whatever happens to tasks', () => {
    for (const seed of [11, 12, 13]) {
      test(`those of one key start in emit order, one at a time (seed ${seed})`, async () => {
        const random = randomNumbers(seed)
        const { events, linker, witness, job } = setStage(factory, {
          workers: 1 + random(3),
          concurrency: 1 + random(4),
          killGraceMs: FOREVER,
        })
        const retry = { attempts: 2, delayMs: 2, onWorkerLoss: true }
        linker.on(Work, takesTurns, { ...BY_LABEL, retry, onFailure: () => undefined })
        const labels = Array.from({ length: 60 }, (_, index) => `${'abcd'.charAt(random(4))}${index}`)
        for (const label of labels) {
          const exit = isolated && random(15) === 0 ? { exitCode: 1 } : {}
          const emission = events.emit(Work, job(label, { turns: random(6), failures: random(3), ...exit }))
          if (random(5) === 0) setTimeout(() => emission.cancel(), random(20))
        }
        const { total, fulfilled, rejected, cancelled } = await events.drain()
        expect([total, fulfilled + rejected + cancelled]).toEqual([60, 60])
        for (const key of 'abcd') {
          const lines = witness.testimonies.filter(({ label }) => label.startsWith(key))
          const order = lines.map(({ label }) => labels.indexOf(label))
          expect(order).toEqual([...order].sort((a, b) => a - b))
          // Only a worker's end keeps a handler that has started from ending before the next one starts.
          for (const [index, { what, label }] of lines.entries()) {
            const before = lines[index - 1]
            if (what === 'ended') expect(before).toMatchObject({ what: 'started', label })
            else if (before?.what === 'started') expect(isolated).toBe(true)
          }
        }
      })
    }
  })
}
