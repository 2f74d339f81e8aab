import { setImmediate } from 'node:timers/promises'
import {
  anyEvent,
  defineEvent,
  InvalidEventError,
  InvalidOptionError,
  LinkFunctionError,
  LinkRemovedError,
  payload,
} from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { setUp } from './support/set-up.js'

const Tick = defineEvent('tick')
const Numbered = defineEvent('numbered', payload<number>())

const wrongFilter = () => {
  throw new RangeError('of filter')
}

describe('linker.next', () => {
  it('resolves with the payload of the next emission, and leaves no link', async () => {
    const { linker, events } = setUp()
    const next = linker.next(Numbered)
    expect(linker.count()).toBe(1)
    const reports = [await events.emit(Numbered, 1), await events.emit(Numbered, 2)]
    expect(await next).toBe(1)
    expect(reports.map(({ total }) => total)).toEqual([1, 0])
    expect(linker.isEmpty).toBe(true)
  })

  it('waits for a payload that passes the filter', async () => {
    const { linker, events } = setUp()
    const next = linker.next(Numbered, { filter: (number) => number > 2 })
    for (const number of [1, 2, 3, 4]) events.emit(Numbered, number)
    expect(await next).toBe(3)
  })

  it('tells which event it was where there may be several', async () => {
    const { linker, events } = setUp()
    const nexts = [linker.next([Tick, Numbered]), linker.next('a.*'), linker.next(anyEvent)]
    events.emit(Numbered, 5)
    events.emit(defineEvent('a.b', payload<string>()), 'x')
    expect(await Promise.all(nexts)).toEqual([
      { event: 'numbered', payload: 5 },
      { event: 'a.b', payload: 'x' },
      { event: 'numbered', payload: 5 },
    ])
  })

  it('serves each who waits', async () => {
    const { linker, events } = setUp()
    const nexts = [linker.next(Numbered), linker.next(Numbered)]
    events.emit(Numbered, 7)
    expect(await Promise.all(nexts)).toEqual([7, 7])
  })

  it('rejects with the reason of its signal, before and meanwhile', async () => {
    const { linker } = setUp()
    const controller = new AbortController()
    const next = linker.next(Numbered, { signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
    await expect(linker.next(Numbered, { signal: controller.signal })).rejects.toBe(reason)
    expect(linker.isEmpty).toBe(true)
  })

  it('goes on waiting where the emission is cancelled before it gets there', async () => {
    const { linker, events } = setUp()
    const next = linker.next(Numbered)
    const emission = events.emit(Numbered, 1)
    emission.cancel()
    expect((await emission.settled).cancelled).toBe(1)
    await events.emit(Numbered, 2)
    expect(await next).toBe(2)
    expect(linker.isEmpty).toBe(true)
  })

  it('rejects with the error of its filter, which is reported to nobody else', async () => {
    const { linker, events } = setUp()
    const next = linker.next(Numbered, { filter: wrongFilter })
    const emission = events.emit(Numbered, 1)
    await expect(next).rejects.toBeInstanceOf(LinkFunctionError)
    expect((await emission.settled).rejected).toBe(1)
    expect(linker.isEmpty).toBe(true)
  })

  it('rejects where its link is removed', async () => {
    const { linker } = setUp()
    const next = linker.next(Numbered)
    linker.clear()
    await expect(next).rejects.toBeInstanceOf(LinkRemovedError)
    await expect(next).rejects.toThrow(/"numbered"/)
  })

  it('rejects where it is given no event or wrong options, and links nothing', async () => {
    const { linker } = setUp()
    await expect(linker.next(undefined as never)).rejects.toBeInstanceOf(InvalidEventError)
    await expect(linker.next(Numbered, { limit: 1 } as never)).rejects.toBeInstanceOf(InvalidOptionError)
    expect(linker.isEmpty).toBe(true)
  })

  it('is not part of a fork', async () => {
    const { linker, events } = setUp()
    const next = linker.next(Numbered)
    expect(linker.fork().isEmpty).toBe(true)
    events.emit(Numbered, 1)
    await next
  })
})

describe('linker.stream', () => {
  it('gives every payload in order, those included that came before the loop', async () => {
    const { linker, events } = setUp()
    const stream = linker.stream(Numbered)
    for (const number of [1, 2, 3]) events.emit(Numbered, number)
    await events.drain()
    expect(stream.buffered).toBe(3)
    const taken: number[] = []
    for await (const number of stream) {
      taken.push(number)
      if (number < 5) events.emit(Numbered, number + 3)
      if (taken.length === 6) break
    }
    expect(taken).toEqual([1, 2, 3, 4, 5, 6])
    expect(linker.isEmpty).toBe(true)
  })

  it('gives those who wait their items in the order in which they asked', async () => {
    const { linker, events } = setUp()
    const stream = linker.stream(Numbered)
    const asked = [stream.next(), stream.next()]
    for (const number of [1, 2, 3]) events.emit(Numbered, number)
    expect(await Promise.all([...asked, stream.next()])).toEqual(
      [1, 2, 3].map((value) => ({ value, done: false })),
    )
    await stream.return()
  })

  it('keeps undefined, 0 and the like', async () => {
    const { linker, events } = setUp()
    await using stream = linker.stream(defineEvent('any', payload<unknown>()))
    const values = [undefined, 0, '', false, null]
    for (const value of values) events.emit(defineEvent('any', payload<unknown>()), value)
    await events.drain()
    for (const value of values) expect(await stream.next()).toEqual({ value, done: false })
  })

  it('filters, and tells which event it was where there may be several', async () => {
    const { linker, events } = setUp()
    await using stream = linker.stream([Numbered, Tick], { filter: (value) => value !== 2 })
    for (const number of [1, 2, 3]) events.emit(Numbered, number)
    events.emit(Tick)
    const items = [await stream.next(), await stream.next(), await stream.next()]
    expect(items.map(({ value }) => value)).toEqual([
      { event: 'numbered', payload: 1 },
      { event: 'numbered', payload: 3 },
      { event: 'tick', payload: undefined },
    ])
  })

  it('ends the task of an item beyond highWaterMark only when it has moved up that far', async () => {
    const { linker, events } = setUp()
    await using stream = linker.stream(Numbered, { highWaterMark: 2 })
    const emissions = [1, 2, 3, 4].map((number) => events.emit(Numbered, number))
    const statuses = async () => {
      await setImmediate()
      return emissions.map(({ status }) => status)
    }
    expect(await statuses()).toEqual(['settled', 'settled', 'running', 'running'])
    await stream.next()
    expect(await statuses()).toEqual(['settled', 'settled', 'settled', 'running'])
    await stream.next()
    expect(await statuses()).toEqual(['settled', 'settled', 'settled', 'settled'])
    expect(await events.drain()).toMatchObject({ total: 4, fulfilled: 4 })
  })

  it('holds whoever awaits emissions back to the pace of the loop', async () => {
    const { linker, events } = setUp()
    let emitted = 0
    const stream = linker.stream(Numbered, { highWaterMark: 3 })
    const produce = async () => {
      while (emitted < 50) await events.emit(Numbered, (emitted += 1))
    }
    const produced = produce()
    let taken = 0
    for await (const number of stream) {
      taken += 1
      expect(number).toBe(taken)
      await setImmediate()
      expect(emitted - taken).toBeLessThanOrEqual(4)
      if (taken === 50) break
    }
    await produced
  })

  it('lets waiting tasks end when the loop is left', async () => {
    const { linker, events } = setUp()
    const stream = linker.stream(Numbered, { highWaterMark: 1 })
    for (const number of [1, 2, 3]) events.emit(Numbered, number)
    for await (const number of stream) if (number === 1) break
    expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 3 })
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(linker.isEmpty).toBe(true)
  })

  it('throws the reason of its signal after what is buffered, and is then at its end', async () => {
    const { linker, events } = setUp()
    const controller = new AbortController()
    const stream = linker.stream(Numbered, { signal: controller.signal })
    await events.emit(Numbered, 1)
    const reason = new Error('enough')
    controller.abort(reason)
    expect(await stream.next()).toEqual({ value: 1, done: false })
    await expect(stream.next()).rejects.toBe(reason)
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(linker.isEmpty).toBe(true)
  })

  it('throws at once where its signal has aborted, also to those who wait', async () => {
    const { linker } = setUp()
    const controller = new AbortController()
    const asked = linker.stream(Numbered, { signal: controller.signal })
    const waiting = [asked.next(), asked.next()]
    controller.abort(new Error('enough'))
    await expect(waiting[0]).rejects.toThrow('enough')
    expect(await waiting[1]).toEqual({ value: undefined, done: true })
    await expect(linker.stream(Numbered, { signal: controller.signal }).next()).rejects.toThrow('enough')
  })

  it('ends after what is buffered where its link is removed', async () => {
    const { linker, events } = setUp()
    const stream = linker.stream(Numbered)
    await events.emit(Numbered, 1)
    linker.clear()
    const taken: number[] = []
    for await (const number of stream) taken.push(number)
    expect(taken).toEqual([1])
  })

  it.each([
    ['highWaterMark', 0],
    ['highWaterMark', 1.5],
    ['highWaterMark', '5'],
    ['filter', true],
    ['signal', {}],
    ['limit', 5],
  ])('refuses the option %s: %j', (name, value) => {
    const { linker } = setUp()
    expect(() => linker.stream(Numbered, { [name]: value })).toThrow(InvalidOptionError)
    expect(linker.isEmpty).toBe(true)
  })

  it('drains hundreds of thousands of buffered items', async () => {
    const { linker, events } = setUp()
    const stream = linker.stream(Numbered, { highWaterMark: Number.POSITIVE_INFINITY })
    const count = 200_000
    for (let number = 0; number < count; number += 1) {
      events.emit(Numbered, number)
      if (number % 1000 === 0) await events.drain()
    }
    await events.drain()
    expect(stream.buffered).toBe(count)
    let sum = 0
    for await (const number of stream) {
      sum += number
      if (number === count - 1) break
    }
    expect(sum).toBe((count * (count - 1)) / 2)
  })
})
