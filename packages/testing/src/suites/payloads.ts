import { InvalidPayloadError, PayloadNotPortableError, payloads, type Handler } from '@eventlane/core'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  changes,
  echoes,
  Measured,
  Money,
  notes,
  RegisteredError,
  repeats,
  returnsAFunction,
  RETURNED,
  returnsAnInstance,
  returnsOddly,
  Work,
  type Job,
} from '../handlers.js'
import { errorOf, setStage, statuses, thrownBy, valueOf } from '../stage.js'

/** Values of every kind, some of them at several places. */
const portableValue = fc
  .anything({
    key: fc.string().filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key)),
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withNullPrototype: true,
    values: [
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.constantFrom(undefined, null, true, -0, Number.NaN),
      fc.bigInt(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.webUrl().map((url) => new URL(url)),
      fc.tuple(fc.bigInt(), fc.string()).map(([amount, currency]) => new Money(amount, currency)),
      fc.string().map((message) => new RangeError(message, { cause: { message } })),
      fc.string().map((message) => new RegisteredError(message, [1])),
    ],
  })
  .map((value) => ({ value, again: [value], cycle: { value } }))

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

    test('arrive as they were, whatever they are made of', { timeout: 600_000 }, async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, echoes)
      const values = fc.array(portableValue, { minLength: 20, maxLength: 40 })
      await fc.assert(
        fc.asyncProperty(values, async (value) => {
          const returned = valueOf(await events.emit(Work, job('', { value })), echoes)
          expect(returned).toStrictEqual(value)
          // Which objects are shared, and what the order is, shows in the text.
          expect(payloads.encode(returned)).toBe(payloads.encode(value))
        }),
        { numRuns: Math.ceil(Number(process.env.EVENTLANE_PROPERTY_RUNS ?? 600) / 30) },
      )
    })

    test('over the limit that the program has set are refused, and results are held to the same limit', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1 })
      linker.on(Work, repeats)
      linker.on(Work, echoes)
      linker.on(Work, repeats)
      const { limits } = payloads
      payloads.limit({ maxPayloadBytes: 1000 })
      try {
        const emit = (value: string) => events.emit(Work, job('', { value })).settled
        const report = await emit('x'.repeat(600))
        expect(valueOf(report, echoes)).toHaveLength(600)
        if (portable) {
          expect(errorOf(report, repeats)).toBeInstanceOf(PayloadNotPortableError)
          expect(thrownBy(() => void emit('x'.repeat(1001)))).toBeInstanceOf(PayloadNotPortableError)
        } else {
          expect(valueOf(report, repeats)).toHaveLength(1200)
        }
      } finally {
        payloads.limit(limits)
      }
    })

    test('large ones arrive whole', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, echoes)
      const value = 'x'.repeat(4 * 1024 * 1024)
      expect(valueOf(await events.emit(Work, job('', { value })), echoes)).toBe(value)
    })

    test('large ones arrive whole both ways, several at once', async () => {
      const { events, linker, job } = setStage(factory, { workers: 1, concurrency: 3 })
      linker.on(Work, echoes)
      const values = ['a', 'b', 'c'].map((letter) => letter.repeat(7 * 1024 * 1024))
      const emissions = values.map((value) => events.emit(Work, job('', { value })))
      for (const [index, emission] of emissions.entries()) {
        expect(valueOf(await emission, echoes) === values[index]).toBe(true)
      }
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

    for (const what of Object.keys(RETURNED) as (keyof typeof RETURNED)[]) {
      if (!portable) continue
      test(`${what}: the task is rejected, and its neighbours are not touched`, async () => {
        const { events, executor, linker, job } = setStage(factory, { workers: 1, concurrency: 2 })
        linker.on(Work, returnsOddly)
        linker.on(Work, notes)
        const report = await events.emit(Work, job('', { value: what })).settled
        expect(statuses(report)).toEqual(['rejected', 'fulfilled'])
        expect(executor.stats().workersLost).toBe(0)
      })
    }

    test('undefined is a result', async () => {
      const { events, linker, job } = setStage(factory)
      linker.on(Work, echoes)
      const report = await events.emit(Work, job())
      expect(report.of(echoes)).toMatchObject({ status: 'fulfilled', value: undefined })
    })
  })
}
