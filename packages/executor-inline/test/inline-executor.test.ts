import {
  defineEvent,
  defineHandler,
  EmitterClosedError,
  EventEmitter,
  EventLinker,
  InvalidOptionError,
  payload,
} from '@eventlane/core'
import { InlineExecutor, type InlineExecutorOptions } from '@eventlane/executor-inline'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())

function addressed(): string {
  return 'addressed'
}
defineHandler(import.meta.url, addressed)

function setUp(options?: InlineExecutorOptions) {
  const linker = new EventLinker()
  const executor = new InlineExecutor(options)
  const events = new EventEmitter({ executor, linker })
  return { linker, executor, events }
}

describe('new InlineExecutor', () => {
  it('runs handlers on the main event loop, portable and in the realm of the program', () => {
    const executor = new InlineExecutor()
    expect(executor.mode).toBe('main-event-loop-async')
    expect(executor.capabilities).toEqual({
      isolated: false,
      portable: true,
      killsRunning: false,
      order: true,
      backpressure: true,
    })
    expect(executor.stats()).toMatchObject({ queued: 0, running: 0, workers: 0, workersLost: 0 })
  })

  it.each([
    ['an unknown option', { concurency: 1 }, 'concurency'],
    ['a concurrency of 0', { concurrency: 0 }, 'concurrency'],
    ['a negative concurrency', { concurrency: -1 }, 'concurrency'],
    ['a concurrency that is no integer', { concurrency: 1.5 }, 'concurrency'],
    ['a concurrency that is NaN', { concurrency: Number.NaN }, 'concurrency'],
    ['a concurrency of another type', { concurrency: '1' }, 'concurrency'],
    ['a portable that is no boolean', { portable: 'yes' }, 'portable'],
    ['options that are no object', 1, 'object'],
    ['options that are null', null, 'object'],
  ])('refuses %s, naming it', (_, options, name) => {
    const make = () => new InlineExecutor(options as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(name)
  })

  it('takes an unlimited concurrency', () => {
    expect(new InlineExecutor({ concurrency: Number.POSITIVE_INFINITY }).mode).toBe('main-event-loop-async')
  })
})

describe('an InlineExecutor', () => {
  it('starts handlers in link order, local ones in between', async () => {
    const { linker, events } = setUp({ concurrency: 1 })
    const seen: string[] = []
    const first = defineHandler(import.meta.url, { first: () => void seen.push('first') }.first)
    const third = defineHandler(import.meta.url, { third: () => void seen.push('third') }.third)
    linker.on(Tick, first)
    linker.on(Tick, () => void seen.push('second, local'), { local: true })
    linker.on(Tick, third)
    linker.on(Tick, () => void seen.push('fourth, local'), { local: true })
    await events.emit(Tick)
    expect(seen).toEqual(['first', 'second, local', 'third', 'fourth, local'])
  })

  it('runs as many handlers at once as its concurrency allows, in emit order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(3), { maxLength: 20 }),
        async (concurrency, turns) => {
          const { linker, events } = setUp({ concurrency })
          const started: number[] = []
          let running = 0
          let most = 0
          const Job = defineEvent('job', payload<number>())
          linker.on(
            Job,
            async (job) => {
              started.push(job)
              running += 1
              most = Math.max(most, running)
              for (let turn = 0; turn <= turns[job]!; turn += 1) await Promise.resolve()
              running -= 1
            },
            { local: true },
          )
          for (const job of turns.keys()) events.emit(Job, job)
          const counts = await events.shutdown()
          expect(counts).toMatchObject({ total: turns.length, fulfilled: turns.length })
          expect(started).toEqual([...turns.keys()])
          expect(most).toBe(Math.min(concurrency, turns.length))
        },
      ),
    )
  })

  it('lets timers have their turn under a flood', async () => {
    const { linker, events } = setUp()
    let handled = 0
    let handledAtTimer: number | undefined
    linker.on(
      Tick,
      () => {
        // Work that a slice of the loop cannot hold all of.
        let sum = 0
        for (let step = 0; step < 20_000; step += 1) sum += Math.sqrt(step)
        handled += 1
        return sum
      },
      { local: true },
    )
    setTimeout(() => (handledAtTimer = handled), 0)
    const flood = 5000
    for (let index = 0; index < flood; index += 1) events.emit(Tick)
    await events.drain()
    expect(handled).toBe(flood)
    expect(handledAtTimer).toBeGreaterThan(0)
    expect(handledAtTimer).toBeLessThan(flood)
  })

  it('lets timers have their turn while handlers keep emitting', async () => {
    const { linker, events } = setUp()
    let fired = false
    let rounds = 0
    setTimeout(() => (fired = true), 0)
    const again = () => {
      rounds += 1
      // Ends only because the timer fires; the limit is there to fail instead of running forever.
      if (!fired && rounds < 5_000_000) events.emit(Tick)
    }
    linker.on(Tick, again, { local: true })
    events.emit(Tick)
    await events.drain()
    expect(fired).toBe(true)
  })

  it('copies payloads and results by default', async () => {
    const { linker, events } = setUp()
    const Listed = defineEvent('listed', payload<number[]>())
    const list = [1]
    let given: number[] | undefined
    linker.on(
      Listed,
      (copy) => {
        given = copy
        return copy
      },
      { local: true },
    )
    const report = await events.emit(Listed, list)
    expect(given).toEqual(list)
    expect(given).not.toBe(list)
    const [outcome] = report.outcomes
    expect(outcome?.status === 'fulfilled' && outcome.value).not.toBe(given)
    expect(() => events.emit(Listed, [() => 1] as never)).toThrow('payload[0] is an anonymous function')
  })

  it('passes payloads and results by reference, unchecked, with portable: false', async () => {
    const { linker, events } = setUp({ portable: false })
    const Given = defineEvent('given', payload<object>())
    const value = { close: () => undefined }
    linker.on(Given, (given) => given, { local: true })
    const [outcome] = (await events.emit(Given, value)).outcomes
    expect(outcome?.status === 'fulfilled' && outcome.value).toBe(value)
  })

  it('still requires that handlers can be addressed, or are local, with portable: false', () => {
    const { linker } = setUp({ portable: false })
    expect(() => linker.on(Tick, () => undefined)).toThrow(
      expect.objectContaining({ code: 'ERR_HANDLER_NOT_PORTABLE' }),
    )
  })

  it('has nothing to prepare', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, addressed)
    await events.ready()
    expect((await events.emit(Tick)).of(addressed)).toMatchObject({ value: 'addressed' })
  })

  it('keeps the place of a handler that ignores its cancellation until that returns', async () => {
    const { linker, executor, events } = setUp({ concurrency: 1 })
    const seen: string[] = []
    let open = () => {}
    const opened = new Promise<void>((resolve) => (open = resolve))
    linker.on(
      Named,
      (name) => {
        seen.push(name)
        return name === 'stubborn' ? opened : undefined
      },
      { local: true },
    )
    const stubborn = events.emit(Named, 'stubborn')
    const next = events.emit(Named, 'next')
    await Promise.resolve()
    stubborn.cancel()
    expect((await stubborn.settled).cancelled).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual(['stubborn'])
    expect(executor.stats()).toMatchObject({ queued: 1, running: 1 })
    open()
    await next
    expect(seen).toEqual(['stubborn', 'next'])
  })

  it('counts no task as queued that was cancelled while it waited', async () => {
    const { linker, executor, events } = setUp({ concurrency: 1 })
    let open = () => {}
    const opened = new Promise<void>((resolve) => (open = resolve))
    linker.on(Named, () => opened, { local: true })
    const first = events.emit(Named, 'running')
    const waiting = events.emit(Named, 'waiting')
    await Promise.resolve()
    waiting.cancel()
    expect(executor.stats()).toMatchObject({ queued: 0, running: 1 })
    open()
    await first
  })

  it('drains when it has no task left', async () => {
    const { linker, executor, events } = setUp()
    await executor.drain()
    let done = false
    linker.on(
      Tick,
      async () => {
        await new Promise((resolve) => setImmediate(resolve))
        done = true
      },
      { local: true },
    )
    events.emit(Tick)
    await executor.drain()
    expect(done).toBe(true)
  })

  it('finishes its tasks at shutdown and takes no more', async () => {
    const { linker, executor, events } = setUp()
    const seen: string[] = []
    linker.on(
      Named,
      async (name) => {
        await Promise.resolve()
        seen.push(name)
      },
      { local: true },
    )
    events.emit(Named, 'a')
    const shutdown = executor.shutdown()
    expect(executor.shutdown()).toBe(shutdown)
    expect(() => events.emit(Named, 'b')).toThrow(EmitterClosedError)
    await shutdown
    expect(seen).toEqual(['a'])
    expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
  })

  it('cancels its tasks when it is terminated', async () => {
    const { linker, executor, events } = setUp({ concurrency: 1 })
    let reason: unknown
    linker.on(
      Tick,
      (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve((reason = signal.reason)))
        }),
      { local: true },
    )
    linker.on(Tick, () => undefined, { local: true })
    const emission = events.emit(Tick)
    await Promise.resolve()
    await executor.terminate()
    expect(await emission.settled).toMatchObject({ cancelled: 2 })
    expect(reason).toBeInstanceOf(Error)
    expect(() => events.emit(Tick)).toThrow(EmitterClosedError)
    await executor.terminate()
    await executor.shutdown()
  })

  it('is disposed by `await using`', async () => {
    const seen: string[] = []
    const linker = new EventLinker()
    linker.on(
      Named,
      async (name) => {
        await Promise.resolve()
        seen.push(name)
      },
      { local: true },
    )
    {
      await using executor = new InlineExecutor()
      const events = new EventEmitter({ executor, linker, ownsExecutor: false })
      events.emit(Named, 'a')
    }
    expect(seen).toEqual(['a'])
  })
})

describe('a payload that a handler changes', () => {
  interface Basket {
    readonly items: string[]
    readonly by: Map<string, Date[]>
  }
  const Filled = defineEvent('filled', payload<Basket>())
  const basket = (): Basket => ({ items: ['apple'], by: new Map([['anna', [new Date(0)]]]) })
  const spoil = ({ items, by }: Basket): void => {
    items.push('worm')
    by.clear()
  }

  it('is another one for each handler, the last included, and for whoever emitted it', async () => {
    const { linker, events } = setUp()
    const seen: Basket[] = []
    for (let index = 0; index < 3; index += 1) {
      const handler = (filled: Basket): void => {
        seen.push(structuredClone(filled))
        spoil(filled)
      }
      linker.on(Filled, handler, { local: true })
    }
    const emitted = basket()
    await events.emit(Filled, emitted)
    expect(seen).toEqual([basket(), basket(), basket()])
    expect(emitted).toEqual(basket())
  })

  it.each(['link', 'linker', 'emitter'] as const)(
    'is as it was for the onSuccess of the %s',
    async (whose) => {
      const seen: unknown[] = []
      const callbacks = {
        onSuccess: (_: unknown, settlement: { readonly payload: unknown }) =>
          void seen.push(settlement.payload),
      }
      const linker = new EventLinker(whose === 'linker' ? callbacks : {})
      const executor = new InlineExecutor()
      await using events = new EventEmitter({ executor, linker, ...(whose === 'emitter' && callbacks) })
      linker.on(Filled, spoil, { local: true, ...(whose === 'link' && callbacks) })
      await events.emit(Filled, basket())
      expect(seen).toEqual([basket()])
    },
  )

  it('is as it was at the next attempt', async () => {
    const { linker, events } = setUp()
    const seen: Basket[] = []
    const handler = (filled: Basket): void => {
      seen.push(structuredClone(filled))
      spoil(filled)
      if (seen.length < 3) throw new Error('once more')
    }
    linker.on(Filled, handler, { local: true, retry: { attempts: 3, delayMs: 0 } })
    await events.emit(Filled, basket())
    expect(seen).toEqual([basket(), basket(), basket()])
  })
})
