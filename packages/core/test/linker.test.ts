import {
  defineEvent,
  defineHandler,
  EventEmitter,
  EventLinker,
  InvalidEventError,
  InvalidLinkError,
  InvalidOptionError,
  Link,
  payload,
  type HandlerContext,
} from '@eventlane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gate } from './support/gate.js'
import { LoopExecutor } from './support/loop-executor.js'
import { setUp } from './support/set-up.js'
import { thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())

function addressed(name: string): string {
  return name
}
defineHandler(import.meta.url, addressed)

describe('linker.on', () => {
  it('links handlers in order', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    for (const name of ['a', 'b', 'c']) linker.on(Tick, () => void seen.push(name), { local: true })

    await events.emit(Tick)

    expect(seen).toEqual(['a', 'b', 'c'])
  })

  it('calls the handler for its own event only', async () => {
    const { linker, events } = setUp()
    const seen: unknown[] = []
    linker.on(Named, (name) => void seen.push(name), { local: true })

    const report = await events.emit(Tick)

    expect(report.total).toBe(0)
    expect(seen).toEqual([])
  })

  it('gives the link that is there for the same handler, event and options', async () => {
    const { linker, events } = setUp()
    const first = linker.on(Named, addressed, { timeoutMs: 1000 })
    expect(linker.on(Named, addressed, { timeoutMs: 1000 })).toBe(first)
    expect(linker.links(Named)).toEqual([first])
    expect((await events.emit(Named, 'x')).total).toBe(1)
  })

  it('takes an option that is undefined for one that is left out', () => {
    const { linker } = setUp()
    const first = linker.on(Named, addressed)
    expect(linker.on(Named, addressed, { local: undefined } as object)).toBe(first)
  })

  it('refuses the same handler and event with other options, and keeps the link that is there', () => {
    const { linker } = setUp()
    const link = linker.on(Named, addressed)
    const error = thrownBy(() => linker.on(Named, addressed, { once: true }))
    expect(error).toBeInstanceOf(InvalidLinkError)
    expect(error).toMatchObject({ message: expect.stringMatching(/other options[^]*"named".*addressed/) })
    expect(linker.links()).toEqual([link])
  })

  it('links one handler to several events', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    const note = (_: unknown, { event }: { event: string }) => void seen.push(event)
    linker.on(Tick, note, { local: true })
    linker.on(Named, note, { local: true })

    await events.emit(Named, 'x')
    await events.emit(Tick)

    expect(seen).toEqual(['named', 'tick'])
  })

  it('links by name what is emitted by definition, and the other way round', async () => {
    const linker = new EventLinker<{ named: string }>()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    const seen: string[] = []
    linker.on('named', (name) => void seen.push(`by name: ${name}`), { local: true })
    linker.on(Named, (name) => void seen.push(`by definition: ${name}`), { local: true })

    await events.emit('named', 'a')
    await events.emit(Named, 'b')

    expect(seen).toEqual(['by name: a', 'by definition: a', 'by name: b', 'by definition: b'])
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
  ])('refuses a handler that is %s, as a circular import gives it', (_, handler) => {
    const { linker } = setUp()
    for (const link of [
      () => linker.on(Named, handler as never),
      () => linker.once(Named, handler as never),
    ]) {
      const error = thrownBy(link)
      expect(error).toBeInstanceOf(InvalidLinkError)
      expect(error).toMatchObject({ message: expect.stringContaining('"named"') })
    }
    expect(() => linker.on(Named, handler as never, { local: true })).toThrow(InvalidLinkError)
  })

  it.each([
    ['a string', 'handler'],
    ['a number', 1],
    ['an object with a method', { handle() {} }],
    ['an array', [() => undefined]],
    ['a promise', Promise.resolve()],
  ])('refuses a handler that is %s', (_, handler) => {
    const { linker } = setUp()
    expect(() => linker.on(Named, handler as never)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_(LINK|OPTION)$/) }),
    )
    expect(linker.links()).toEqual([])
  })

  it.each([
    ['an unknown option', { locl: true }, 'locl'],
    ['an option of the prototype', { toString: true }, 'toString'],
    ['a local that is no boolean', { local: 'yes' }, 'local'],
    ['a once that is no boolean', { once: 1 }, 'once'],
    ['a signal that is none', { signal: {} }, 'signal'],
    ['a timeoutMs of 0', { timeoutMs: 0 }, 'timeoutMs'],
    ['a negative timeoutMs', { timeoutMs: -1 }, 'timeoutMs'],
    ['a timeoutMs that is NaN', { timeoutMs: Number.NaN }, 'timeoutMs'],
    ['a timeoutMs that timers cannot wait', { timeoutMs: 2 ** 31 }, 'timeoutMs'],
    ['a filter that is no function', { filter: true }, 'filter'],
    ['an onSuccess that is no function', { onSuccess: true }, 'onSuccess'],
    ['an onFailure that is no function', { onFailure: 'throw' }, 'onFailure'],
  ])('refuses %s, naming it', (_, options, name) => {
    const { linker } = setUp()
    const error = thrownBy(() => linker.on(Named, addressed, options as never))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ message: expect.stringContaining(name) })
    expect(linker.links()).toEqual([])
  })

  it.each([
    ['null', null],
    ['a number', 1],
    ['a boolean', true],
    ['an array', []],
  ])('refuses options that are %s', (_, options) => {
    const { linker } = setUp()
    expect(() => linker.on(Named, addressed, options as never)).toThrow(InvalidOptionError)
  })
})

describe('linker.on with several events', () => {
  const handler = () => undefined

  it('makes one link, which each of the events has', () => {
    const { linker } = setUp()
    const link = linker.on([Tick, Named], handler, { local: true })
    expect(link.events).toEqual(['tick', 'named'])
    expect([linker.links(Tick), linker.links(Named), linker.links()]).toEqual([[link], [link], [link]])
  })

  it('gives the link that is there for the same events, in whatever order they are named', () => {
    const { linker } = setUp()
    const link = linker.on([Tick, Named], handler, { local: true })
    expect(linker.on([Named, Tick, Named], handler, { local: true })).toBe(link)
  })

  it.each([
    ['fewer events', [Tick], /run twice/],
    ['more events', [Tick, Named, defineEvent('other')], /run twice/],
    ['other events', [Tick, defineEvent('other')], /run twice/],
  ])('refuses the same handler with %s, since it would run twice', (_, events, message) => {
    const { linker } = setUp()
    const link = linker.on([Tick, Named], handler, { local: true })
    const error = thrownBy(() => linker.on(events, handler, { local: true }))
    expect(error).toBeInstanceOf(InvalidLinkError)
    expect(error).toMatchObject({ message: expect.stringMatching(message) })
    expect(linker.links()).toEqual([link])
  })

  it('refuses the same events with other options', () => {
    const { linker } = setUp()
    linker.on([Tick, Named], handler, { local: true })
    const error = thrownBy(() => linker.on([Tick, Named], handler, { local: true, once: true }))
    expect(error).toMatchObject({ message: expect.stringMatching(/other options[^]*"tick", "named"/) })
  })

  it('refuses an empty list, and names nothing but events', () => {
    const { linker } = setUp()
    expect(() => linker.on([], handler, { local: true })).toThrow(InvalidEventError)
    expect(() => linker.on([Tick, undefined as never], handler, { local: true })).toThrow(InvalidEventError)
    expect(linker.links()).toEqual([])
  })

  it('stands where it was linked, among the links of each event', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Tick, () => void seen.push('first'), { local: true })
    linker.on([Named, Tick], () => void seen.push('second'), { local: true })
    linker.on(Tick, () => void seen.push('third'), { local: true })
    await events.emit(Tick)
    await events.emit(Named, 'x')
    expect(seen).toEqual(['first', 'second', 'third', 'second'])
  })

  it('goes on with its other events where off takes one away; tasks that are made still run', async () => {
    const { linker, events } = setUp()
    const link = linker.on([Tick, Named], handler, { local: true })
    const emission = events.emit(Tick)
    expect(linker.off(Tick, handler)).toBe(true)
    expect(link.events).toEqual(['named'])
    expect(link.isActive).toBe(true)
    expect((await emission).fulfilled).toBe(1)
    expect((await events.emit(Tick)).total).toBe(0)
    expect((await events.emit(Named, 'x')).total).toBe(1)
    expect(linker.on(Named, handler, { local: true })).toBe(link)
    expect(linker.off(Named, handler)).toBe(true)
    expect(link.isActive).toBe(false)
  })

  it('ends where off names all of its events', () => {
    const { linker } = setUp()
    const link = linker.on([Tick, Named], handler, { local: true })
    expect(linker.off([Named, Tick], handler)).toBe(true)
    expect(link.isActive).toBe(false)
    expect(linker.links()).toEqual([])
  })

  it('works for decorated methods, static ones and instances', async () => {
    const { linker, events } = setUp()
    const seen: unknown[] = []
    class Notes {
      @linker.on([Tick, Named])
      static take(value: unknown, { event }: HandlerContext): void {
        seen.push(['static', event, value])
      }

      @linker.on([Tick, Named])
      take(value: unknown, { event }: HandlerContext): void {
        seen.push(['instance', event, value])
      }
    }
    expect(linker.bind(new Notes()).links.map((link) => link.events)).toEqual([['tick', 'named']])
    await events.emit(Named, 'x')
    await events.emit(Tick)
    expect(seen).toEqual([
      ['static', 'named', 'x'],
      ['instance', 'named', 'x'],
      ['static', 'tick', undefined],
      ['instance', 'tick', undefined],
    ])
  })
})

describe('a link', () => {
  it('ends when it is unlinked, once and for all', async () => {
    const { linker, events } = setUp()
    const link = linker.on(Tick, () => undefined, { local: true })
    expect(link).toBeInstanceOf(Link)
    expect(link.isActive).toBe(true)

    link.unlink()
    link.unlink()

    expect(link.isActive).toBe(false)
    expect(linker.links()).toEqual([])
    expect((await events.emit(Tick)).total).toBe(0)
  })

  it('ends with the scope of `using`', () => {
    const { linker } = setUp()
    {
      using link = linker.on(Tick, () => undefined, { local: true })
      expect(linker.links(Tick)).toEqual([link])
    }
    expect(linker.links(Tick)).toEqual([])
  })

  it('ends when its signal aborts', () => {
    const { linker } = setUp()
    const controller = new AbortController()
    const link = linker.on(Tick, () => undefined, { local: true, signal: controller.signal })
    expect(link.isActive).toBe(true)
    controller.abort()
    expect(link.isActive).toBe(false)
    expect(linker.links()).toEqual([])
  })

  it('is never made when its signal has aborted already', async () => {
    const { linker, events } = setUp()
    const link = linker.on(Tick, () => undefined, { local: true, signal: AbortSignal.abort() })
    expect(link.isActive).toBe(false)
    expect(linker.links()).toEqual([])
    expect((await events.emit(Tick)).total).toBe(0)
  })

  it('that has ended leaves a later link of the same handler alone', () => {
    const { linker } = setUp()
    const handler = () => undefined
    const first = linker.on(Tick, handler, { local: true })
    first.unlink()
    const second = linker.on(Tick, handler, { local: true })
    first.unlink()
    expect(second).not.toBe(first)
    expect(linker.links()).toEqual([second])
  })

  it('says which handler it is', () => {
    const { linker } = setUp()
    const named = () => undefined
    expect(linker.on(Named, addressed).label).toBe(`addressed (${import.meta.url})`)
    expect(linker.on(Tick, named, { local: true }).label).toBe('named (local)')
    expect(linker.on(Tick, () => undefined, { local: true }).label).toBe('anonymous function (local)')
  })
})

describe('which links an emission goes to', () => {
  it('is settled at the moment of emit: a later link is not among them', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Tick, () => void seen.push('first'), { local: true })
    const emission = events.emit(Tick)
    linker.on(Tick, () => void seen.push('later'), { local: true })

    expect((await emission).total).toBe(1)
    expect(seen).toEqual(['first'])
  })

  it('is settled at the moment of emit: a link made by one of its handlers is not among them', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(
      Tick,
      function first() {
        linker.on(Tick, () => void seen.push('made by a handler'), { local: true })
      },
      { local: true, once: true },
    )
    expect((await events.emit(Tick)).total).toBe(1)
    expect(seen).toEqual([])
    expect((await events.emit(Tick)).total).toBe(1)
    expect(seen).toEqual(['made by a handler'])
  })

  it('a link that is removed before its task starts is skipped, and its task cancelled', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Tick, () => void seen.push('kept'), { local: true })
    const removed = linker.on(Tick, () => void seen.push('removed'), { local: true })
    const emission = events.emit(Tick)
    removed.unlink()

    const report = await emission.settled

    expect(seen).toEqual(['kept'])
    expect(report.outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'cancelled'])
  })

  it('a link that an earlier handler of the emission removes is skipped too', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Tick, () => removed.unlink(), { local: true })
    const removed = linker.on(Tick, () => void seen.push('removed'), { local: true })
    linker.on(Tick, () => void seen.push('kept'), { local: true })

    const report = await events.emit(Tick).settled

    expect(seen).toEqual(['kept'])
    expect(report.outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'cancelled', 'fulfilled'])
  })

  it('a task that has started is not cancelled when its link is removed', async () => {
    const { linker, events } = setUp()
    const { opened, open } = gate()
    const started = gate()
    const link = linker.on(Tick, () => (started.open(), opened.then(() => 'done')), { local: true })
    const emission = events.emit(Tick)
    await started.opened
    link.unlink()
    open()
    expect((await emission).outcomes).toMatchObject([{ status: 'fulfilled', value: 'done' }])
  })
})

describe('linker.once', () => {
  it('makes one task for its link, and then the link is gone', async () => {
    const { linker, events } = setUp()
    const link = linker.once(Tick, () => 'once', { local: true })
    const reports = [await events.emit(Tick), await events.emit(Tick)]
    expect(reports.map((report) => report.total)).toEqual([1, 0])
    expect(linker.links()).toEqual([])
    expect(link.isActive).toBe(false)
  })

  it('makes one task when emit is called twice before the handler has run', async () => {
    const { linker, events } = setUp()
    let calls = 0
    linker.once(Tick, () => (calls += 1), { local: true })
    const emissions = [events.emit(Tick), events.emit(Tick)]
    expect((await Promise.all(emissions)).map((report) => report.total)).toEqual([1, 0])
    expect(calls).toBe(1)
  })

  it('makes one task also when emit is called again inside its handler', async () => {
    const { linker, events } = setUp()
    let calls = 0
    linker.once(
      Tick,
      function reenter() {
        calls += 1
        events.emit(Tick)
      },
      { local: true },
    )
    events.emit(Tick)
    expect(await events.drain()).toEqual({
      total: 1,
      fulfilled: 1,
      rejected: 0,
      cancelled: 0,
      dropped: 0,
      handedOver: 0,
    })
    expect(calls).toBe(1)
  })

  it('makes one task also between two emitters of one linker', async () => {
    const { linker, events } = setUp()
    const others = new EventEmitter({ executor: new LoopExecutor(), linker })
    linker.once(Tick, () => undefined, { local: true })
    const reports = await Promise.all([events.emit(Tick), others.emit(Tick)])
    expect(reports.map((report) => report.total)).toEqual([1, 0])
  })

  it('is the same as the option once', () => {
    const { linker } = setUp()
    expect(linker.once(Named, addressed)).toBe(linker.on(Named, addressed, { once: true }))
  })

  it('may link the handler again once it is used up, also inside the handler', async () => {
    const { linker, events } = setUp()
    let calls = 0
    const again = () => {
      calls += 1
      linker.once(Tick, again, { local: true })
    }
    linker.once(Tick, again, { local: true })
    await events.emit(Tick)
    await events.emit(Tick)
    expect(calls).toBe(2)
    expect(linker.links()).toHaveLength(1)
  })

  it('is used up also when its handler fails', async () => {
    const { linker, events } = setUp()
    linker.once(
      Tick,
      () => {
        throw new Error('broken')
      },
      { local: true },
    )
    expect((await events.emit(Tick).settled).rejected).toBe(1)
    expect((await events.emit(Tick)).total).toBe(0)
  })

  it('makes one task per link, whatever links and emits are interleaved', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('link', 'emit'), { maxLength: 30 }), async (steps) => {
        const { linker, events } = setUp()
        let calls = 0
        for (const step of steps) {
          if (step === 'link') linker.once(Tick, () => void (calls += 1), { local: true })
          else events.emit(Tick)
        }
        await events.drain()
        const used = steps.slice(0, steps.lastIndexOf('emit') + 1).filter((step) => step === 'link').length
        expect(calls).toBe(used)
        expect(linker.links()).toHaveLength(steps.filter((step) => step === 'link').length - used)
      }),
    )
  })
})

describe('linker.off', () => {
  it('unlinks the handler from the event and says whether there was such a link', async () => {
    const { linker, events } = setUp()
    linker.on(Named, addressed)
    expect(linker.off(Named, addressed)).toBe(true)
    expect(linker.off(Named, addressed)).toBe(false)
    expect((await events.emit(Named, 'x')).total).toBe(0)
  })

  it('leaves other handlers and other events alone', () => {
    const { linker } = setUp()
    const note = () => undefined
    const others = [linker.on(Named, addressed), linker.on(Tick, note, { local: true })]
    linker.on(Named, note, { local: true })
    linker.off(Named, note)
    expect(linker.links()).toEqual(others)
  })
})

describe('the links of a linker', () => {
  it('are given as copies, in link order', () => {
    const { linker } = setUp()
    const first = linker.on(Tick, () => undefined, { local: true })
    const second = linker.on(Tick, () => undefined, { local: true })
    const other = linker.on(Named, addressed)

    linker.links(Tick).pop()
    linker.links().pop()

    expect(linker.links(Tick)).toEqual([first, second])
    expect(linker.links()).toEqual([first, second, other])
  })

  it('are all removed by clear, those of waiting tasks included', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => undefined, { local: true })
    linker.on(Named, addressed)
    const emission = events.emit(Tick)

    linker.clear()

    expect(linker.links()).toEqual([])
    expect((await emission.settled).cancelled).toBe(1)
    expect((await events.emit(Named, 'x')).total).toBe(0)
  })

  it('are its own: two linkers are apart', async () => {
    const { linker, events } = setUp()
    const other = new EventLinker()
    const otherEvents = new EventEmitter({ executor: new LoopExecutor(), linker: other })
    linker.on(Named, addressed)
    other.on(Tick, () => undefined, { local: true })

    expect((await events.emit(Tick)).total).toBe(0)
    expect((await otherEvents.emit(Named, 'x')).total).toBe(0)
    expect(other.off(Named, addressed)).toBe(false)
    other.clear()
    expect(linker.links()).toHaveLength(1)
  })
})

describe('new EventLinker', () => {
  it.each([
    ['an unknown option', { title: 'x' }, 'title'],
    ['a name that is no string', { name: 1 }, 'name'],
    ['an onFailure that is no function', { onFailure: {} }, 'onFailure'],
  ])('refuses %s, naming it', (_, options, name) => {
    const error = thrownBy(() => new EventLinker(options as never))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ message: expect.stringContaining(name) })
  })
})
