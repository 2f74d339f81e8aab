import {
  anyEvent,
  defineEvent,
  EventEmitter,
  EventLinker,
  InvalidEventError,
  payload,
  type EventSelector,
} from '@eventlane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'

function setUp() {
  const linker = new EventLinker()
  const events = new EventEmitter({ executor: new LoopExecutor(), linker })
  const seen: string[] = []
  const note = (selector: EventSelector<object>, name = typeof selector === 'string' ? selector : 'link') =>
    linker.on(
      selector as never,
      (_: unknown, { event }: { event: string }) => void seen.push(`${name}: ${event}`),
      {
        local: true,
      },
    )
  const emit = (name: string) => events.emit(defineEvent(name, payload<string>()), 'x')
  return { linker, events, seen, note, emit }
}

describe('a link to a namespace', () => {
  it.each([
    ['order.*', 'order.placed', true],
    ['order.*', 'order.placed.late', false],
    ['order.*', 'order', false],
    ['order.*', 'order.', false],
    ['order.*', 'orders.placed', false],
    ['order.*', 'an.order.placed', false],
    ['order.**', 'order.placed', true],
    ['order.**', 'order.placed.late', true],
    ['order.**', 'order.placed.late.again', true],
    ['order.**', 'order', false],
    ['order.**', 'order.', false],
    ['order.**', 'orders.placed', false],
    ['order.placed.*', 'order.placed.late', true],
    ['order.placed.*', 'order.placed', false],
    ['order.placed.**', 'order.placed.late', true],
    ['a..*', 'a..b', true],
    ['a.**', 'a..b', true],
    ['a.*', 'a..b', false],
    ['__proto__.*', '__proto__.constructor', true],
    ['constructor.**', '__proto__.constructor', false],
  ])('%s and the event %s: %s', async (space, name, isMatch) => {
    const { note, emit } = setUp()
    note(space as 'order.*')
    expect((await emit(name)).total).toBe(isMatch ? 1 : 0)
  })

  it.each(['*', '**', 'order*', '*.placed', 'order.*.late', 'order.***', '.*', 'or*der.**', 'order.* '])(
    'is refused where it is %s',
    (space) => {
      const { linker } = setUp()
      expect(() => linker.on(space as 'order.*', () => undefined, { local: true })).toThrow(InvalidEventError)
      expect(linker.isEmpty).toBe(true)
    },
  )

  it('cannot be emitted', () => {
    const { events } = setUp()
    for (const selector of ['order.*', 'order.**', anyEvent]) {
      expect(() => events.emit(selector as never, undefined as never)).toThrow(InvalidEventError)
    }
  })

  it('runs once for an emission, however many of its events match', async () => {
    const { linker, emit, seen } = setUp()
    linker.on(['order.*', 'order.**', anyEvent, defineEvent('order.placed')], () => void seen.push('ran'), {
      local: true,
    })
    expect((await emit('order.placed')).total).toBe(1)
    expect(seen).toEqual(['ran'])
  })

  it('stands in link order among the links of events, and of any event', async () => {
    const { note, emit, seen } = setUp()
    note(anyEvent, 'any 1')
    note(defineEvent('order.placed'), 'exact 1')
    note('order.**')
    note(defineEvent('order.placed'), 'exact 2')
    note('order.*')
    note(anyEvent, 'any 2')
    await emit('order.placed')
    expect(seen.map((line) => line.split(':')[0])).toEqual([
      'any 1',
      'exact 1',
      'order.**',
      'exact 2',
      'order.*',
      'any 2',
    ])
  })

  it('gets events whose name was emitted before it was made, and none after it was unlinked', async () => {
    const { note, emit } = setUp()
    note(defineEvent('order.placed'), 'exact')
    const totals = [(await emit('order.placed')).total]
    const links = [note('order.*'), note(anyEvent), note(defineEvent('order.placed'), 'exact')]
    totals.push((await emit('order.placed')).total)
    for (const link of links) {
      link.unlink()
      totals.push((await emit('order.placed')).total)
    }
    expect(totals).toEqual([1, 4, 3, 2, 1])
  })

  it('matches what a plain search among all links matches, whatever is linked, unlinked and emitted', async () => {
    const segment = fc.constantFrom('a', 'b')
    const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('.'))
    const selector = fc.oneof(
      name,
      name.map((space) => `${space}.*`),
      name.map((space) => `${space}.**`),
      fc.constant('**'),
    )
    const matches = (key: string, event: string) =>
      key === '**' ||
      key === event ||
      new RegExp(`^${key.replaceAll('.', '\\.').replace('**', '.+').replace(/\*$/, '[^.]+')}$`).test(event)
    const step = fc.record({
      what: fc.constantFrom('link', 'unlink', 'emit'),
      selector,
      name,
      index: fc.nat(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { linker, note } = setUp()
        const links: ReturnType<typeof note>[] = []
        for (const { what, selector: key, name: event, index } of steps) {
          if (what === 'link') {
            links.push(note(key === '**' ? anyEvent : key.includes('*') ? (key as 'a.*') : defineEvent(key)))
          } else if (what === 'unlink' && links.length > 0) {
            links.splice(index % links.length, 1)[0]?.unlink()
          }
          expect(linker.match(event)).toEqual(
            links.filter((link) => link.events.some((linked) => matches(linked, event))),
          )
        }
      }),
    )
  })
})

describe('a link to any event', () => {
  it('gets every event, with its name and payload', async () => {
    const { linker, emit } = setUp()
    const seen: unknown[] = []
    linker.on(anyEvent, (value, { event }) => void seen.push([event, value]), { local: true })
    for (const name of ['tick', 'order.placed', 'constructor']) await emit(name)
    expect(seen).toEqual([
      ['tick', 'x'],
      ['order.placed', 'x'],
      ['constructor', 'x'],
    ])
  })

  it('may be a once link', async () => {
    const { linker, emit } = setUp()
    linker.once(anyEvent, () => undefined, { local: true })
    expect([(await emit('a')).total, (await emit('b')).total]).toEqual([1, 0])
  })

  it('is unlinked by off, and named in messages', () => {
    const { linker } = setUp()
    const handler = () => undefined
    const link = linker.on(anyEvent, handler, { local: true })
    expect(() => linker.on(anyEvent, handler, { local: true, once: true })).toThrow(/anyEvent/)
    expect(link.events).toEqual(['**'])
    expect(linker.off(anyEvent, handler)).toBe(true)
    expect(linker.isEmpty).toBe(true)
  })
})
