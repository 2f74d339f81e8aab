import { type } from 'arktype'
import { defineEvent, InvalidEventError, InvalidPayloadError, payload } from '@eventlane/core'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { setUp } from './support/set-up.js'
import { thrownBy } from './support/thrown-by.js'

describe('defineEvent', () => {
  it('gives a frozen definition with the name', () => {
    const OrderPlaced = defineEvent('order.placed', payload<{ id: string }>())
    expect(OrderPlaced.name).toBe('order.placed')
    expect(Object.isFrozen(OrderPlaced)).toBe(true)
  })

  it.each([
    ['an empty name', ''],
    ['a name of another type', 7],
    ['no name', undefined],
    ['a name with *', 'order.*'],
    ['a name that is *', '*'],
  ])('refuses %s', (_, name) => {
    expect(() => defineEvent(name as string)).toThrow(InvalidEventError)
  })

  it.each([
    ['undefined, as a circular import gives it', undefined],
    ['null', null],
    ['a plain object', {}],
    ['a string', 'schema'],
  ])('refuses a schema that is %s', (_, schema) => {
    const error = thrownBy(() => defineEvent('user.created', schema as never))
    expect(error).toBeInstanceOf(InvalidEventError)
    expect(error).toMatchObject({
      code: 'ERR_INVALID_EVENT',
      message: expect.stringContaining('"user.created"'),
    })
  })

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'error', ' ', 'é', 'a..b', '.'])(
    'takes %j as an ordinary name',
    async (name) => {
      const { linker, events } = setUp()
      const Odd = defineEvent(name, payload<string>())
      expect(linker.links(Odd)).toEqual([])
      const seen: unknown[] = []
      linker.on(Odd, (value, context) => seen.push([context.event, value]), { local: true })
      linker.on(defineEvent('other', payload<string>()), () => seen.push('other'), { local: true })

      expect((await events.emit(Odd, 'x')).fulfilled).toBe(1)

      expect(seen).toEqual([[name, 'x']])
    },
  )

  it('takes two definitions of one name for the same event', async () => {
    const { linker, events } = setUp()
    linker.on(defineEvent('tick'), () => 'handled', { local: true })
    expect((await events.emit(defineEvent('tick'))).fulfilled).toBe(1)
  })
})

describe('what is given as an event', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
    ['a function', () => undefined],
    ['an object that is no definition', { name: 'tick' }],
    ['an empty name', ''],
    ['a name with *', '*'],
  ])('is refused by on, once, off, links and emit when it is %s', (_, event) => {
    const { linker, events } = setUp()
    const handler = () => undefined
    for (const call of [
      () => linker.on(event as never, handler, { local: true }),
      () => linker.once(event as never, handler, { local: true }),
      () => linker.off(event as never, handler),
      () => events.emit(event as never, undefined),
    ]) {
      expect(call).toThrow(InvalidEventError)
    }
  })
})

describe('the schema of an event', () => {
  it('is applied once, at emit, however many handlers there are', async () => {
    const { linker, events } = setUp()
    let parsed = 0
    const Counted = defineEvent(
      'counted',
      z.string().transform((text) => {
        parsed += 1
        return text.length
      }),
    )
    const seen: number[] = []
    for (let index = 0; index < 3; index += 1) {
      linker.on(Counted, (length) => void seen.push(length), { local: true })
    }

    await events.emit(Counted, 'four')

    expect(parsed).toBe(1)
    expect(seen).toEqual([4, 4, 4])
  })

  it('is applied also when nobody listens', () => {
    const { events } = setUp()
    const OrderPlaced = defineEvent('order.placed', z.object({ id: z.string() }))
    expect(() => events.emit(OrderPlaced, { id: 1 } as never)).toThrow(InvalidPayloadError)
  })

  it.each([
    ['zod', z.object({ at: z.string().transform((text) => new Date(text)) })],
    [
      'valibot',
      v.object({
        at: v.pipe(
          v.string(),
          v.transform((text) => new Date(text)),
        ),
      }),
    ],
    ['arktype', type({ at: 'string.date.parse' })],
  ])('sends its output to handlers, by %s', async (_, schema) => {
    const { linker, events } = setUp()
    const Timed = defineEvent('timed', schema)
    const seen: unknown[] = []
    linker.on(Timed, (value) => void seen.push(value), { local: true })

    await events.emit(Timed, { at: '2020-01-01T00:00:00.000Z' })

    expect(seen).toEqual([{ at: new Date('2020-01-01T00:00:00.000Z') }])
  })

  it.each([
    ['zod', z.object({ items: z.array(z.object({ 'unit price': z.number() })) })],
    ['valibot', v.object({ items: v.array(v.object({ 'unit price': v.number() })) })],
    ['arktype', type({ items: type({ 'unit price': 'number' }).array() })],
  ])('names the path of what it refuses, by %s', (_, schema) => {
    const { events } = setUp()
    const OrderPlaced = defineEvent('order.placed', schema)
    const wrong = { items: [{ 'unit price': 1 }, { 'unit price': 'two' }] }

    const error = thrownBy(() => events.emit(OrderPlaced, wrong as never)) as InvalidPayloadError

    expect(error).toBeInstanceOf(InvalidPayloadError)
    expect(error.code).toBe('ERR_INVALID_PAYLOAD')
    expect(error.event).toBe('order.placed')
    expect(error.issues.map((issue) => issue.path)).toEqual(['payload.items[1]["unit price"]'])
    expect(error.message).toContain('payload.items[1]["unit price"]: ')
  })

  it('names the payload itself where all of it is wrong', () => {
    const { events } = setUp()
    const Named = defineEvent('named', z.string())
    const error = thrownBy(() => events.emit(Named, 1 as never)) as InvalidPayloadError
    expect(error.issues.map((issue) => issue.path)).toEqual(['payload'])
  })

  it('starts nothing and uses up no once link when it refuses the payload', async () => {
    const { linker, events } = setUp()
    const Named = defineEvent('named', z.string())
    const seen: string[] = []
    linker.once(Named, (name) => void seen.push(name), { local: true })

    expect(() => events.emit(Named, 1 as never)).toThrow(InvalidPayloadError)
    await events.drain()
    expect(seen).toEqual([])

    await events.emit(Named, 'x')
    expect(seen).toEqual(['x'])
  })

  it('must not be asynchronous, since emit is not', () => {
    const { events } = setUp()
    const Checked = defineEvent(
      'checked',
      z.string().refine(async () => Promise.resolve(true)),
    )
    const error = thrownBy(() => events.emit(Checked, 'x'))
    expect(error).toBeInstanceOf(InvalidEventError)
    expect(error).toMatchObject({ message: expect.stringMatching(/asynchronous.*\n.*"checked"/) })
  })

  it('must not be asynchronous, and its late rejection does not escape', async () => {
    const { events } = setUp()
    const late = v.pipeAsync(
      v.string(),
      v.transformAsync(async () => Promise.reject(new Error('late'))),
    )
    // Valibot types it as no Standard Schema of the synchronous kind, callers without types may pass it.
    const Checked = defineEvent('checked', late as never as v.StringSchema<undefined>)
    expect(() => events.emit(Checked, 'x')).toThrow(InvalidEventError)
    // An unhandled rejection fails the run; it is reported once the microtasks are done.
    await new Promise((resolve) => setImmediate(resolve))
  })
})
