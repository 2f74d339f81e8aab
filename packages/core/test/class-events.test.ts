import {
  defineEvent,
  EventEmitter,
  EventLinker,
  InvalidEventError,
  InvalidPayloadError,
  payload,
  payloads,
  type EmissionReport,
} from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LoopExecutor } from './support/loop-executor.js'
import { thrownBy } from './support/thrown-by.js'

class Shape {
  constructor(readonly sides: number) {}
}
class Square extends Shape {
  constructor() {
    super(4)
  }
}
class TiltedSquare extends Square {}
class Loose extends Shape {}

const ShapeDrawn = defineEvent('shape.drawn', Shape)
const SquareDrawn = defineEvent('shape.square', Square)
const TiltedDrawn = defineEvent('shape.tilted', TiltedSquare)

function setUp(executor = new LoopExecutor()) {
  const linker = new EventLinker()
  const events = new EventEmitter({ executor, linker })
  const seen: string[] = []
  const note =
    (who: string) =>
    (shape: Shape): void => {
      seen.push(`${who}: ${shape.constructor.name}`)
    }
  return { linker, events, seen, note }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('defineEvent with a class', () => {
  it('gives a frozen definition that knows its class', () => {
    expect(ShapeDrawn).toMatchObject({ name: 'shape.drawn', eventClass: Shape })
    expect(Object.isFrozen(ShapeDrawn)).toBe(true)
  })

  it('may be repeated for the same name and class', () => {
    expect(defineEvent('shape.drawn', Shape)).toEqual(ShapeDrawn)
  })

  it('refuses another class under a name that is taken, naming both', () => {
    class Impostor {}
    const error = thrownBy(() => defineEvent('shape.drawn', Impostor))
    expect(error).toBeInstanceOf(InvalidEventError)
    expect(error).toMatchObject({ message: expect.stringMatching(/another class, Shape[^]*"shape\.drawn"/) })
  })

  it('refuses one class under two names, and leaves the second name free', () => {
    const error = thrownBy(() => defineEvent('shape.again', Shape))
    expect(error).toBeInstanceOf(InvalidEventError)
    expect(error).toMatchObject({ message: expect.stringMatching(/Shape is the event "shape\.drawn"/) })
    class Again {}
    defineEvent('shape.again', Again)
  })

  it('goes by the name it is given, never by the name of the class', async () => {
    const first = class Same {
      readonly kind = 'first'
    }
    const second = class Same {
      readonly kind = 'second'
    }
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(defineEvent('same.first', first), ({ kind }) => void seen.push(kind), { local: true })
    linker.on(defineEvent('same.second', second), ({ kind }) => void seen.push(kind), { local: true })
    await events.emit(new second())
    await events.emit(new first())
    expect(seen).toEqual(['second', 'first'])
  })

  it('lets a module that is evaluated again replace its own class, with its links', async () => {
    const evaluate = () => {
      class Reloaded {
        readonly value = 1
      }
      return { Reloaded, Event: defineEvent('reloaded', Reloaded) }
    }
    const before = evaluate()
    expect(() => evaluate()).toThrow(InvalidEventError) // in one turn, they are two
    await nextTurn()
    const after = evaluate()
    const { linker, events } = setUp()
    let seen: unknown
    linker.on(before.Event, (value) => void (seen = value), { local: true })
    await events.emit(new after.Reloaded())
    expect(seen).toBeInstanceOf(after.Reloaded)
    expect(() => events.emit(new before.Reloaded())).toThrow(InvalidEventError)
    expect(payloads.decode(payloads.encode(new after.Reloaded()))).toBeInstanceOf(after.Reloaded)
  })

  it('does not let another module replace it', async () => {
    await nextTurn()
    class Elsewhere {}
    const module = new URL('./elsewhere.js', import.meta.url).href
    expect(() => defineEvent('shape.drawn', Elsewhere, { module })).toThrow(InvalidEventError)
  })

  it('refuses a module that is no file', () => {
    class Homeless {}
    expect(() => defineEvent('homeless', Homeless, { module: 'data:text/javascript,' })).toThrow(/module/)
  })

  it.each([
    [
      'a class that is registered under another name',
      'taken.class',
      () => {
        class Registered {}
        payloads.registerClass(Registered, 'registered-elsewhere')
        return Registered
      },
    ],
    [
      'a class whose contents are not fields',
      'map.class',
      () => class Numbers extends Map<string, number> {},
    ],
    ['a built-in class', 'date.class', () => Date],
  ])('refuses %s', (_, name, make) => {
    const error = thrownBy(() => defineEvent(name, make()))
    expect(error).toBeInstanceOf(InvalidEventError)
    expect(error).toMatchObject({ message: expect.stringContaining(JSON.stringify(name)) })
  })

  it('takes a schema for a schema, also where it is callable', () => {
    expect(defineEvent('schema.event', z.object({ a: z.string() }))).not.toHaveProperty('eventClass')
    expect(() => defineEvent('function.event', (() => undefined) as never)).toThrow(InvalidEventError)
  })
})

describe('emit with an instance', () => {
  it('takes options in second place', async () => {
    const { linker, events, note } = setUp()
    linker.on(ShapeDrawn, note('shape'), { local: true })
    const reason = new Error('too late')
    expect(() => events.emit(new Shape(3), { signal: AbortSignal.abort(reason) })).toThrow(reason)
    expect(() => events.emit(new Shape(3), { timeout: 5 } as never)).toThrow(/timeout/)
    expect((await events.emit(new Shape(3), { timeoutMs: 5_000 })).fulfilled).toBe(1)
  })

  it('reaches the links of the classes it extends, in link order', async () => {
    const { linker, events, seen, note } = setUp()
    linker.on(SquareDrawn, note('square'), { local: true })
    linker.on(ShapeDrawn, note('shape'), { local: true })
    linker.on(TiltedDrawn, note('tilted'), { local: true })
    linker.on('shape.*', note('all') as () => void, { local: true })
    await events.emit(new TiltedSquare())
    expect(seen).toEqual(['square', 'shape', 'tilted', 'all'].map((who) => `${who}: TiltedSquare`))
    seen.length = 0
    await events.emit(new Square())
    expect(seen).toEqual(['square', 'shape', 'all'].map((who) => `${who}: Square`))
    expect(linker.count(TiltedDrawn)).toBe(4)
  })

  it('reaches links to a base class that is defined, linked and unlinked later', async () => {
    class Base {}
    class Derived extends Base {}
    const DerivedEvent = defineEvent('late.derived', Derived)
    const { linker, events } = setUp()
    const totals: number[] = []
    const emit = async () => void totals.push((await events.emit(new Derived())).total)
    linker.on(DerivedEvent, () => undefined, { local: true })
    await emit()
    const BaseEvent = defineEvent('late.base', Base)
    const link = linker.on(BaseEvent, () => undefined, { local: true })
    await emit()
    link.unlink()
    await emit()
    expect(totals).toEqual([1, 2, 1])
  })

  it('reaches next and stream with the instance, a copy of it', async () => {
    const { linker, events } = setUp()
    const next = linker.next(ShapeDrawn)
    const square = new Square()
    events.emit(square)
    expect(await next).toBeInstanceOf(Square)
    expect(await next).not.toBe(square)
  })

  it.each<[string, unknown, RegExp]>([
    ['a plain object', { sides: 3 }, /given as an event/],
    ['an object without prototype', Object.create(null), /given as an event/],
    ['an instance of a class that is no event', new Loose(3), /instance of Loose[^]*defineEvent/],
    ['a Date', new Date(), /instance of Date/],
    ['a promise', Promise.resolve(), /instance of Promise/],
    ['the class itself', Shape, /given as an event/],
    ['an array', [new Shape(3)], /instance of Array/],
  ])('refuses %s', (_, event, message) => {
    const { events } = setUp()
    const error = thrownBy(() => events.emit(event as never))
    expect(error).toBeInstanceOf(InvalidEventError)
    expect(error).toMatchObject({ message: expect.stringMatching(message) })
  })

  it.each<[string, unknown]>([
    ['a look-alike', { sides: 3 }],
    ['an instance of another class event', new (class Other {})()],
    ['nothing', undefined],
  ])('of a definition, or its name, refuses %s', (_, value) => {
    const linker = new EventLinker<{ 'shape.drawn': Shape }>()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    for (const emit of [
      () => events.emit(ShapeDrawn, value as never),
      () => events.emit('shape.drawn', value as never),
    ]) {
      const error = thrownBy(emit)
      expect(error).toBeInstanceOf(InvalidPayloadError)
      expect(error).toMatchObject({ message: expect.stringContaining('Shape') })
    }
  })

  it('gives the instance itself where the executor passes references', async () => {
    const { linker, events } = setUp(new LoopExecutor({ portable: false }))
    let seen: unknown
    linker.on(ShapeDrawn, (shape) => void (seen = shape), { local: true })
    const shape = new Shape(3)
    const report: EmissionReport = await events.emit(shape)
    expect(seen).toBe(shape)
    expect(report.event).toBe('shape.drawn')
  })

  it('leaves ordinary events of other names alone', async () => {
    const { linker, events } = setUp()
    const Plain = defineEvent('plain', payload<{ readonly sides: number }>())
    linker.on(Plain, ({ sides }) => sides, { local: true })
    expect((await events.emit(Plain, { sides: 3 })).fulfilled).toBe(1)
  })
})
