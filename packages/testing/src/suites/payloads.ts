import { InvalidPayloadError, PayloadNotPortableError, type Handler } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  changes,
  echoes,
  Measured,
  Money,
  notes,
  returnsAFunction,
  returnsAnInstance,
  Work,
  type Job,
} from '../handlers.js'
import { errorOf, setStage, statuses, thrownBy, valueOf } from '../stage.js'

class Stranger {
  readonly field = 1
}

/** What travels to handlers and back. */
export function describePayloads(factory: ExecutorFactory): void {
  const { portable } = factory().capabilities

  describe('payloads', () => {
    test('each handler gets a copy of its own, as it was at emit', async () => {
      const { events, linker, job } = setStage(factory)
      const also: Handler<Job> = ({ value }) => value
      linker.on(Work, changes)
      linker.on(Work, echoes)
      linker.on(Work, also, { local: true })
      const value = ['original']
      const emission = events.emit(Work, job('', { value }))
      value.push('afterwards')
      const report = await emission
      const shared = ['original', 'afterwards', 'changed']
      expect(valueOf(report, changes)).toEqual(portable ? ['original', 'changed'] : shared)
      expect(valueOf(report, echoes)).toEqual(portable ? ['original'] : shared)
      expect(valueOf(report, also)).toEqual(portable ? ['original'] : shared)
      expect(value).toEqual(portable ? ['original', 'afterwards'] : shared)
    })

    test('arrive as they were, and so do results', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, echoes)
      const shared = { name: 'shared' }
      const cycle: { self?: unknown } = {}
      cycle.self = cycle
      const value = {
        nothing: undefined,
        numbers: [Number.NaN, Number.POSITIVE_INFINITY, -0],
        total: 4999n,
        at: new Date(0),
        never: new Date(Number.NaN),
        pattern: /a+/giu,
        url: new URL('https://example.org/a?b#c'),
        map: new Map<unknown, unknown>([[{ key: 1 }, new Set([1, [2]])]]),
        bytes: new Uint8Array([1, 2, 255]),
        buffer: Buffer.from('text'),
        error: new RangeError('in a payload', { cause: 1n }),
        money: new Money(5n, 'EUR'),
        bare: Object.assign(Object.create(null) as object, { a: 1 }),
        twice: [shared, shared],
        cycle,
        text: 'line\u2028separator \u0000 \ud800 \u{1f600}',
      }
      const returned = valueOf(await events.emit(Work, job('', { value })), echoes) as typeof value
      expect(returned).toStrictEqual(value)
      expect(returned.money).toBeInstanceOf(Money)
      expect(returned.twice[0]).toBe(returned.twice[1])
      expect(returned.cycle.self).toBe(returned.cycle)
      if (portable) expect(returned.map).not.toBe(value.map)
    })

    test('large ones arrive whole', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, echoes)
      const value = 'x'.repeat(4 * 1024 * 1024)
      expect(valueOf(await events.emit(Work, job('', { value })), echoes)).toBe(value)
    })

    test('a handler gets what the schema made of the input, validated once', async () => {
      const { events, linker } = setStage(factory)
      const local = (length: number): number => length
      linker.on(Measured, local, { local: true })
      expect(valueOf(await events.emit(Measured, 'four'), local)).toBe(4)
    })

    test('what the schema refuses is refused in the call, and nothing happens', async () => {
      const { events, linker } = setStage(factory)
      linker.on(Measured, () => undefined, { local: true })
      const error = thrownBy(() => events.emit(Measured, 5 as unknown as string))
      expect(error).toBeInstanceOf(InvalidPayloadError)
      expect((error as Error).message).toContain('payload.text')
      expect(await events.drain()).toMatchObject({ total: 0 })
    })

    for (const [what, value, path] of [
      ['a function', { items: [1, { onClick() {} }] }, 'payload.value.items[1].onClick'],
      ['an instance of an unregistered class', [new Stranger()], 'payload.value[0]'],
      ['a symbol', { id: Symbol('id') }, 'payload.value.id'],
      ['a promise', Promise.resolve(1), 'payload.value'],
      ['a WeakMap', new Map([['cache', new WeakMap()]]), 'payload.value'],
    ] as const) {
      if (portable) {
        test(`${what} is refused in the call, with its path, and nothing happens`, async () => {
          const { events, linker, witness, job } = setStage(factory)
          linker.on(Work, notes)
          const error = thrownBy(() => events.emit(Work, job('', { value })))
          expect(error).toBeInstanceOf(PayloadNotPortableError)
          expect(error).toMatchObject({ code: 'ERR_PAYLOAD_NOT_PORTABLE', event: Work.name })
          expect((error as Error).message).toContain(path)
          expect(await events.drain()).toMatchObject({ total: 0 })
          expect(witness.testimonies).toEqual([])
        })
      } else {
        test(`${what} reaches the handler as it is`, async () => {
          const { events, linker, job } = setStage(factory)
          const local: Handler<Job, boolean> = (work) => work.value === value
          linker.on(Work, local, { local: true })
          expect(valueOf(await events.emit(Work, job('', { value })), local)).toBe(true)
        })
      }
    }
  })

  describe('results', () => {
    for (const [handler, path] of [
      [returnsAFunction, 'result.rows[0].format'],
      [returnsAnInstance, 'result[0]'],
    ] as const) {
      if (portable) {
        test(`${handler.name}: the task is rejected, naming the path, and its neighbours are not touched`, async () => {
          const { events, executor, linker, job } = setStage(factory, { workers: 1, concurrency: 2 })
          linker.on(Work, handler)
          linker.on(Work, echoes)
          const report = await events.emit(Work, job('', { value: 1 })).settled
          const error = errorOf(report, handler)
          expect(error).toBeInstanceOf(PayloadNotPortableError)
          expect((error as Error).message).toContain(path)
          expect((error as Error).message).toContain(handler.name)
          expect(valueOf(report, echoes)).toBe(1)
          expect(executor.stats().workersLost).toBe(0)
        })
      } else {
        test(`${handler.name}: the result is passed as it is`, async () => {
          const { events, linker, job } = setStage(factory)
          linker.on(Work, handler)
          expect(statuses(await events.emit(Work, job()))).toEqual(['fulfilled'])
        })
      }
    }

    test('undefined is a result', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, echoes)
      const report = await events.emit(Work, job())
      expect(report.of(echoes)).toMatchObject({ status: 'fulfilled', value: undefined })
    })
  })
}
