import { setImmediate } from 'node:timers/promises'
import {
  anyEvent,
  defineEvent,
  EventEmitter,
  EventLinker,
  HandlerNotPortableError,
  InvalidLinkError,
  InvalidOptionError,
  LinkLimitError,
  payload,
} from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'
import { thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())
const OrderPlaced = defineEvent('order.placed', payload<string>())
const local = { local: true }
const handler = () => undefined
const other = () => undefined

describe('what a linker tells of its links', () => {
  it('events: what is linked, as a copy', () => {
    const linker = new EventLinker()
    expect(linker.events()).toEqual([])
    linker.on([Tick, Named], handler, local)
    const link = linker.on('order.*', other, local)
    linker.on(anyEvent, other, local)
    expect(linker.events()).toEqual(['tick', 'named', 'order.*', '**'])
    linker.events().pop()
    link.unlink()
    expect(linker.events()).toEqual(['tick', 'named', '**'])
  })

  it('links, has and count: of an event, all that an emission of it goes to', () => {
    const linker = new EventLinker()
    const exact = linker.on(OrderPlaced, handler, local)
    const space = linker.on('order.*', other, local)
    const any = linker.on(anyEvent, () => undefined, local)
    expect(linker.links(OrderPlaced)).toEqual([exact, space, any])
    expect(linker.links('order.*')).toEqual([space])
    expect(linker.links(anyEvent)).toEqual([any])
    expect(linker.links('order.**')).toEqual([])
    expect([linker.count(OrderPlaced), linker.count(Tick), linker.count('order.*'), linker.count()]).toEqual([
      3, 1, 1, 3,
    ])
    expect([linker.has(OrderPlaced), linker.has('order.**')]).toEqual([true, false])
    expect([linker.has(OrderPlaced, other), linker.has(Tick, other)]).toEqual([true, false])
  })

  it('isEmpty and count: a link of several events counts once', () => {
    const linker = new EventLinker()
    expect([linker.isEmpty, linker.count()]).toEqual([true, 0])
    const link = linker.on([Tick, Named], handler, local)
    expect([linker.isEmpty, linker.count()]).toEqual([false, 1])
    linker.off(Tick, handler)
    expect(linker.count()).toBe(1)
    link.unlink()
    expect([linker.isEmpty, linker.count()]).toEqual([true, 0])
  })

  it('clear with an event removes the links to it, and leaves those to others', () => {
    const linker = new EventLinker()
    const both = linker.on([Tick, Named], handler, local)
    const tick = linker.on(Tick, other, local)
    linker.clear(Tick)
    expect(tick.isActive).toBe(false)
    expect(both.events).toEqual(['named'])
    expect(linker.links()).toEqual([both])
  })
})

describe('a fork of a linker', () => {
  it('has a link of its own for each that is there, with its options, and is independent', async () => {
    const failures: string[] = []
    const linker = new EventLinker({ onFailure: () => failures.push('linker') })
    const seen: string[] = []
    linker.on(OrderPlaced, (value) => void seen.push(value), {
      local: true,
      filter: (value) => value !== 'no',
    })
    linker.once('order.*', () => void seen.push('once'), local)

    const fork = linker.fork()
    const forked = new EventEmitter({ executor: new LoopExecutor(), linker: fork })
    for (const value of ['a', 'no', 'b']) await forked.emit(OrderPlaced, value)
    expect(seen).toEqual(['a', 'once', 'b'])
    expect([fork.count(), linker.count()]).toEqual([1, 2])

    fork.on(OrderPlaced, () => Promise.reject(new Error('broken')), local)
    await forked.emit(OrderPlaced, 'no').settled
    expect(failures).toEqual(['linker'])
    linker.clear()
    expect([fork.count(), linker.count()]).toEqual([2, 0])
  })

  it('goes by the same signals', () => {
    const linker = new EventLinker()
    const controller = new AbortController()
    linker.on(Tick, handler, { local: true, signal: controller.signal })
    const fork = linker.fork()
    controller.abort()
    expect([linker.isEmpty, fork.isEmpty]).toEqual([true, true])
  })
})

describe('linker.link', () => {
  it('makes several links with one undo', async () => {
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    const seen: unknown[] = []
    const binding = linker.link(
      [Named, (name) => void seen.push(name), local],
      [[Tick, 'order.*'], (_, { event }) => void seen.push(event), { local: true, once: true }],
    )
    expect(linker.links()).toEqual(binding.links)
    await events.emit(Named, 'a')
    await events.emit(OrderPlaced, 'b')
    await events.emit(Tick)
    expect(seen).toEqual(['a', 'order.placed'])
    binding.unlink()
    expect(linker.isEmpty).toBe(true)
  })

  it('ends its links with the scope of `using`', () => {
    const linker = new EventLinker()
    {
      using binding = linker.link([Tick, handler, local], [Named, handler, local])
      expect(linker.count()).toBe(binding.links.length)
    }
    expect(linker.isEmpty).toBe(true)
  })

  it.each<[string, readonly unknown[], new (...args: never) => Error]>([
    ['a handler that is not portable', [Named, handler], HandlerNotPortableError],
    ['a handler that is undefined', [Named, undefined, local], InvalidLinkError],
    ['an unknown option', [Named, handler, { locl: true }], InvalidOptionError],
    [
      'a handler that is linked with other options',
      [Tick, handler, { local: true, once: true }],
      InvalidLinkError,
    ],
    [
      'the handler of the tuple before with other options',
      [OrderPlaced, other, { local: true, once: true }],
      InvalidLinkError,
    ],
  ])('makes none of them where one is wrong: %s', (_, wrong, errorClass) => {
    const linker = new EventLinker()
    const present = linker.on(Tick, handler, local)
    const link = linker.link.bind(linker) as (...tuples: (readonly unknown[])[]) => unknown
    expect(thrownBy(() => link([OrderPlaced, other, local], wrong))).toBeInstanceOf(errorClass)
    expect(linker.links()).toEqual([present])
  })

  it('gives the links that are there, and makes the same link once', () => {
    const linker = new EventLinker()
    const present = linker.on(Tick, handler, local)
    const { links } = linker.link([Tick, handler, local], [Named, other, local], [Named, other, local])
    expect(links[0]).toBe(present)
    expect(links[1]).toBe(links[2])
    expect(linker.count()).toBe(2)
  })

  it('listens to no signal of links that were not made', () => {
    const linker = new EventLinker({ maxLinks: 1 })
    const { signal } = new AbortController()
    expect(() =>
      linker.link([Tick, handler, { local: true, signal }], [Named, handler, { local: true, signal }]),
    ).toThrow(LinkLimitError)
    expect(linker.isEmpty).toBe(true)
  })
})

describe('the limits of a linker', () => {
  it('maxLinks: refuses one more, naming the linker and the option, and keeps what is there', () => {
    const linker = new EventLinker({ name: 'orders', maxLinks: 2 })
    const links = [linker.on(Tick, handler, local), linker.on([Named, OrderPlaced], handler, local)]
    const error = thrownBy(() => linker.on(Tick, other, local))
    expect(error).toBeInstanceOf(LinkLimitError)
    expect(error).toMatchObject({
      code: 'ERR_LINK_LIMIT',
      limit: 2,
      message: expect.stringMatching(/maxLinks allows: 2[^]*linker orders/),
    })
    expect(linker.on(Tick, handler, local)).toBe(links[0])
    expect(linker.links()).toEqual(links)
    links[0]?.unlink()
    linker.on(Tick, other, local)
  })

  it('maxLinksPerEvent: counts each event by itself', () => {
    const linker = new EventLinker({ maxLinksPerEvent: 1 })
    linker.on(Tick, handler, local)
    linker.on(Named, handler, local)
    linker.on('order.*', handler, local)
    linker.on(OrderPlaced, handler, local)
    for (const event of [Tick, 'order.*'] as const) {
      expect(thrownBy(() => linker.on(event, other, local))).toMatchObject({
        message: expect.stringContaining(JSON.stringify(event === Tick ? 'tick' : 'order.*')),
      })
    }
    expect(() => linker.on([defineEvent('free'), Named], other, local)).toThrow(LinkLimitError)
    expect(linker.count()).toBe(4)
    expect(linker.events()).not.toContain('free')
  })

  it('are checked before anything is inserted: several links are made all or none', () => {
    const linker = new EventLinker({ maxLinksPerEvent: 1 })
    expect(() => linker.link([Named, handler, local], [Tick, handler, local], [Tick, other, local])).toThrow(
      LinkLimitError,
    )
    expect(linker.isEmpty).toBe(true)
    class Counter {
      @linker.on(Tick)
      first(): void {}

      @linker.on(Tick)
      second(): void {}
    }
    expect(() => linker.bind(new Counter())).toThrow(LinkLimitError)
    expect(linker.isEmpty).toBe(true)
  })

  it('do not count a link whose signal has aborted, and those that ended', () => {
    const linker = new EventLinker({ maxLinks: 1 })
    linker.on(Named, handler, local).unlink()
    linker.on(Tick, handler, local)
    expect(linker.on(Tick, other, { local: true, signal: AbortSignal.abort() }).isActive).toBe(false)
  })

  it.each([
    ['maxLinks', 0],
    ['maxLinks', 1.5],
    ['maxLinksPerEvent', -1],
    ['maxLinksPerEvent', '10'],
    ['onLink', true],
    ['onUnlink', {}],
  ])('refuse the option %s: %j', (name, value) => {
    const error = thrownBy(() => new EventLinker({ [name]: value }))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ message: expect.stringContaining(name) })
  })
})

describe('onLink and onUnlink', () => {
  function setUpHooks() {
    const told: string[] = []
    const linker = new EventLinker({
      onLink: ({ event, count }) => told.push(`+${event} ${count}`),
      onUnlink: ({ event, count }) => told.push(`-${event} ${count}`),
    })
    return { told, linker }
  }

  it('tell of the first link of an event and of the last, so that a source can start and stop', () => {
    const { told, linker } = setUpHooks()
    const links = [linker.on(Tick, handler, local), linker.on([Tick, Named], other, local)]
    for (const link of links) link.unlink()
    expect(told).toEqual(['+tick 1', '+tick 2', '+named 1', '-tick 1', '-tick 0', '-named 0'])
  })

  it('tell nothing where nothing changes', () => {
    const { told, linker } = setUpHooks()
    const link = linker.on(Tick, handler, local)
    linker.on(Tick, handler, local)
    linker.on(Named, handler, { local: true, signal: AbortSignal.abort() })
    link.unlink()
    link.unlink()
    linker.clear()
    expect(told).toEqual(['+tick 1', '-tick 0'])
  })

  it('tell of links that are used up, aborted, cleared, and taken away by off', async () => {
    const { told, linker } = setUpHooks()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    const controller = new AbortController()
    linker.once(Tick, handler, local)
    linker.on(Named, handler, { local: true, signal: controller.signal })
    linker.on([OrderPlaced, 'order.*'], handler, local)
    told.length = 0
    await events.emit(Tick)
    controller.abort()
    linker.off('order.*', handler)
    linker.clear()
    expect(told).toEqual(['-tick 0', '-named 0', '-order.* 0', '-order.placed 0'])
  })

  it('may link and unlink themselves', () => {
    const linker: EventLinker = new EventLinker({
      onLink: ({ event }) => {
        if (event === 'tick') linker.on(Named, handler, local)
      },
      onUnlink: ({ event }) => {
        if (event === 'tick') linker.clear()
      },
    })
    const link = linker.on(Tick, handler, local)
    expect(linker.events()).toEqual(['tick', 'named'])
    link.unlink()
    expect(linker.isEmpty).toBe(true)
  })

  it('are reported where they throw, and the link is made all the same', async () => {
    const linker = new EventLinker({
      onLink: () => {
        throw new Error('of onLink')
      },
    })
    const warnings: Error[] = []
    const listen = (warning: Error) => void warnings.push(warning)
    process.on('warning', listen)
    const link = linker.on(Tick, handler, local)
    await setImmediate()
    process.off('warning', listen)
    expect(link.isActive).toBe(true)
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/onLink threw.*of onLink[^]*"tick"/),
    ])
  })
})
