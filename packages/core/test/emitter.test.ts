import {
  DeadlockError,
  defineEvent,
  defineHandler,
  DrainTimeoutError,
  EmitterClosedError,
  EventEmitter,
  EventLinker,
  ExecutorOwnedError,
  InvalidOptionError,
  NestedExecutorError,
  payload,
  PayloadNotPortableError,
  type OutcomeCounts,
} from '@eventlane/core'
import { whileImporting } from '@eventlane/core/executor'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { gate } from './support/gate.js'
import { LoopExecutor } from './support/loop-executor.js'
import { setUp } from './support/set-up.js'
import { rejectionOf, thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())
const Listed = defineEvent('listed', payload<{ list: number[] }>())

function addressed(): string {
  return 'addressed'
}
defineHandler(import.meta.url, addressed)

describe('new EventEmitter', () => {
  it.each([
    ['an unknown option', { exectuor: 1 }, 'exectuor'],
    ['an executor that is no object', { executor: 'inline' }, 'executor'],
    ['no executor', {}, 'executor'],
    ['a linker that is no object', { linker: 1 }, 'linker'],
    ['an ownsExecutor that is no boolean', { ownsExecutor: 0 }, 'ownsExecutor'],
    ['an unknown onUnhandledFailure', { onUnhandledFailure: 'ignore' }, 'onUnhandledFailure'],
    ['a negative maxDepth', { maxDepth: -1 }, 'maxDepth'],
    ['a shutdownTimeoutMs of 0', { shutdownTimeoutMs: 0 }, 'shutdownTimeoutMs'],
    ['an onFailure that is no function', { onFailure: 'log' }, 'onFailure'],
  ])('refuses %s, naming it', (_, options, name) => {
    const given =
      'executor' in options || name === 'executor' ? options : { executor: new LoopExecutor(), ...options }
    const error = thrownBy(() => new EventEmitter(given as never))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ message: expect.stringContaining(name) })
  })

  it('links by default on the default linker', async () => {
    const OnDefault = defineEvent('emitter.test on-default')
    using _link = EventLinker.default.on(OnDefault, () => 'heard', { local: true })
    const events = new EventEmitter({ executor: new LoopExecutor() })
    expect(events.linker).toBe(EventLinker.default)
    expect((await events.emit(OnDefault)).fulfilled).toBe(1)
  })

  it('is inert: it asks nothing of its executor before its first use', () => {
    const { executor } = setUp()
    expect(executor).toMatchObject({ prepared: [], submitted: [], ended: [] })
  })

  it('refuses an executor that another emitter owns', () => {
    const executor = new LoopExecutor()
    setUp({ executor })
    expect(() => setUp({ executor })).toThrow(ExecutorOwnedError)
  })

  it('shares an executor that is owned by nobody, or by one other', async () => {
    const executor = new LoopExecutor()
    const first = setUp({ executor, ownsExecutor: false })
    const second = setUp({ executor, ownsExecutor: false })
    const owner = setUp({ executor })
    for (const { linker } of [first, second, owner]) linker.on(Tick, () => undefined, { local: true })

    await first.events.shutdown()
    expect(executor.ended).toEqual([])
    expect((await second.events.emit(Tick)).fulfilled).toBe(1)
    await second.events.shutdown()
    expect(executor.ended).toEqual([])
    await owner.events.shutdown()
    expect(executor.ended).toEqual(['shutdown'])
  })
})

describe('local links', () => {
  it('run on the emitter’s own loop where the executor is isolated, the others on the executor', async () => {
    const { linker, executor, events } = setUp({ executor: new LoopExecutor({ isolated: true }) })
    linker.on(Tick, addressed)
    linker.on(Tick, { closure: () => 'closure' }.closure, { local: true })
    const report = await events.emit(Tick)
    expect(executor.submitted).toEqual([`addressed (${import.meta.url})`])
    expect(report.outcomes).toMatchObject([
      { value: 'addressed', address: { module: import.meta.url, name: 'addressed' } },
      { value: 'closure', address: undefined },
    ])
  })

  it('start in link order with the others where the executor is not isolated', async () => {
    const { linker, executor, events } = setUp()
    linker.on(Tick, { before: () => undefined }.before, { local: true })
    linker.on(Tick, addressed)
    linker.on(Tick, { after: () => undefined }.after, { local: true })
    await events.emit(Tick)
    expect(executor.submitted).toEqual(['before (local)', `addressed (${import.meta.url})`, 'after (local)'])
  })

  it('are cancelled, too, with their emission', async () => {
    const { linker, events } = setUp({ executor: new LoopExecutor({ isolated: true }) })
    const aborted = gate<unknown>()
    linker.on(
      Tick,
      (_, { signal }) =>
        new Promise(() => signal.addEventListener('abort', () => aborted.open(signal.reason))),
      { local: true },
    )
    linker.on(Tick, addressed)
    const emission = events.emit(Tick)
    await Promise.resolve()
    emission.cancel('enough')
    expect(await aborted.opened).toBe('enough')
    expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 1, cancelled: 1 })
  })
})

describe('ready', () => {
  it('asks the executor for the handlers that are linked by now, local ones left out', async () => {
    const { linker, executor, events } = setUp()
    linker.on(Tick, addressed)
    linker.on(Tick, () => undefined, { local: true })
    await events.ready()
    expect(executor.prepared).toEqual([[{ module: import.meta.url, name: 'addressed' }]])
  })

  it('is refused after shutdown', async () => {
    const { events } = setUp()
    await events.shutdown()
    await expect(events.ready()).rejects.toThrow(EmitterClosedError)
  })
})

describe('a payload', () => {
  it('reaches each handler as a copy of its own: changing it is seen by nobody', async () => {
    const { linker, events } = setUp()
    const seen: unknown[] = []
    const note = (listed: { list: number[] }) => {
      seen.push([...listed.list])
      listed.list.push(4)
    }
    linker.on(Listed, note, { local: true })
    linker.on(Listed, (listed) => note(listed), { local: true })
    const original = { list: [1, 2, 3] }
    const emission = events.emit(Listed, original)
    original.list.push(5)
    await emission
    expect(seen).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    expect(original.list).toEqual([1, 2, 3, 5])
  })

  it('that is not portable makes emit throw, naming the event and the path, and nothing has happened', async () => {
    const { linker, events } = setUp()
    linker.once(Listed, () => undefined, { local: true })
    const error = thrownBy(() => events.emit(Listed, { list: [1], close: () => undefined } as never))
    expect(error).toBeInstanceOf(PayloadNotPortableError)
    expect(error).toMatchObject({
      code: 'ERR_PAYLOAD_NOT_PORTABLE',
      event: 'listed',
      offences: [{ path: 'payload.close', found: 'function close' }],
      message: expect.stringMatching(/payload\.close is function close[^]*"listed"/),
    })
    expect(linker.links()).toHaveLength(1)
    expect((await events.drain()).total).toBe(0)
  })

  it('goes by reference, unchecked, where the executor is not portable, and so do results', async () => {
    const { linker, events } = setUp({ executor: new LoopExecutor({ portable: false }) })
    const Any = defineEvent('any', payload<object>())
    const seen: unknown[] = []
    linker.on(Any, (value) => (seen.push(value), value), { local: true })
    const value = { close: () => undefined, key: Symbol('key') }
    const report = await events.emit(Any, value)
    expect(seen[0]).toBe(value)
    const [outcome] = report.outcomes
    expect(outcome?.status === 'fulfilled' && outcome.value).toBe(value)
  })
})

describe('drain', () => {
  it('waits for everything, what handlers emit meanwhile included, and counts it', async () => {
    const { linker, events } = setUp()
    linker.on(
      Named,
      async (name, { emit }) => {
        await Promise.resolve()
        if (name.length < 4) await emit(Named, `${name}x`)
        if (name.length === 2) throw new Error('of two')
      },
      { local: true, onFailure: () => undefined },
    )
    events.emit(Named, 'x')
    events.emit(Named, 'xxx').cancel()
    expect(await events.drain()).toEqual({
      total: 5,
      fulfilled: 3,
      rejected: 1,
      cancelled: 1,
      dropped: 0,
      handedOver: 0,
    })
  })

  it('resolves at once when nothing was emitted', async () => {
    const { events } = setUp()
    expect(await events.drain()).toEqual({
      total: 0,
      fulfilled: 0,
      rejected: 0,
      cancelled: 0,
      dropped: 0,
      handedOver: 0,
    })
  })

  it('gives a copy of the counts, which go on counting', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => undefined, { local: true })
    events.emit(Tick)
    const first = await events.drain()
    events.emit(Tick)
    expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 2 })
    expect(first).toMatchObject({ total: 1, fulfilled: 1 })
  })

  it('rejects after timeoutMs, says how many are left, and may be called again', async () => {
    const { linker, events } = setUp()
    const { opened, open } = gate()
    linker.on(Tick, () => opened, { local: true })
    linker.on(Tick, () => opened, { local: true })
    linker.on(Tick, () => undefined, { local: true })
    events.emit(Tick)
    const error = await rejectionOf(events.drain({ timeoutMs: 1 }))
    expect(error).toBeInstanceOf(DrainTimeoutError)
    expect(error).toMatchObject({ code: 'ERR_DRAIN_TIMEOUT', message: expect.stringMatching(/\b2 tasks/) })
    open()
    expect(await events.drain({ timeoutMs: 60_000 })).toMatchObject({ total: 3, fulfilled: 3 })
  })

  it.each([
    ['an unknown option', { timeout: 1 }],
    ['a timeoutMs of 0', { timeoutMs: 0 }],
    ['a timeoutMs of another type', { timeoutMs: '1' }],
  ])('refuses %s', async (_, options) => {
    const { events } = setUp()
    expect(await rejectionOf(events.drain(options as never))).toBeInstanceOf(InvalidOptionError)
  })
})

describe('inside one of its own handlers', () => {
  it.each<['drain' | 'shutdown']>([['drain'], ['shutdown']])('%s is a DeadlockError', async (method) => {
    const { linker, events } = setUp()
    const errors: unknown[] = []
    const wait = async () => {
      errors.push(await rejectionOf(events[method]()))
    }
    linker.on(Tick, wait, { local: true })
    linker.on(Tick, async () => Promise.resolve().then(wait), { local: true })
    await events.emit(Tick)
    expect(errors).toHaveLength(2)
    for (const error of errors) {
      expect(error).toBeInstanceOf(DeadlockError)
      expect(error).toMatchObject({
        code: 'ERR_DEADLOCK',
        message: expect.stringMatching(`${method}[^]*"tick"`),
      })
    }
    expect((await events.emit(Tick)).fulfilled).toBe(2)
  })

  it('asynchronous disposal is a DeadlockError, too', async () => {
    const { linker, events } = setUp()
    linker.on(
      Tick,
      async () => {
        await events[Symbol.asyncDispose]()
      },
      { local: true },
    )
    const report = await events.emit(Tick).settled
    expect(report.outcomes).toMatchObject([{ status: 'rejected', error: { code: 'ERR_DEADLOCK' } }])
  })

  it('shutdown without waiting is fine', async () => {
    const { linker, executor, events } = setUp()
    linker.on(Tick, async () => events.shutdown({ wait: false }), { local: true })
    expect((await events.emit(Tick)).fulfilled).toBe(1)
    expect(await events.shutdown()).toMatchObject({ total: 1, fulfilled: 1 })
    expect(executor.ended).toEqual(['shutdown'])
  })

  it('the drain of another emitter is fine', async () => {
    const { linker, events } = setUp()
    const other = setUp()
    other.linker.on(Named, async (name) => Promise.resolve(name), { local: true })
    linker.on(
      Tick,
      async () => {
        other.events.emit(Named, 'x')
        return other.events.drain()
      },
      { local: true },
    )
    expect((await events.emit(Tick)).outcomes).toMatchObject([{ value: { total: 1, fulfilled: 1 } }])
  })

  it('which has settled already, drain is fine', async () => {
    const { linker, events } = setUp()
    const drained = gate<Promise<OutcomeCounts>>()
    linker.on(Tick, () => void setImmediate(() => drained.open(events.drain())), { local: true })
    events.emit(Tick)
    expect(await drained.opened).toMatchObject({ total: 1, fulfilled: 1 })
  })
})

describe('shutdown', () => {
  it('lets pending work finish, then ends the executor', async () => {
    const { linker, executor, events } = setUp()
    const { opened, open } = gate()
    linker.on(Tick, () => opened, { local: true })
    events.emit(Tick)
    const counts = events.shutdown()
    expect(executor.ended).toEqual([])
    open()
    expect(await counts).toEqual({
      total: 1,
      fulfilled: 1,
      rejected: 0,
      cancelled: 0,
      dropped: 0,
      handedOver: 0,
    })
    expect(executor.ended).toEqual(['shutdown'])
  })

  it('refuses new emissions from the moment it is called, naming the event', async () => {
    const { events } = setUp()
    const counts = events.shutdown()
    const error = thrownBy(() => events.emit(Named, 'x'))
    expect(error).toBeInstanceOf(EmitterClosedError)
    expect(error).toMatchObject({ code: 'ERR_EMITTER_CLOSED', message: expect.stringContaining('"named"') })
    await counts
    expect(() => events.emit(Tick)).toThrow(EmitterClosedError)
  })

  it('lets handlers that still run emit through their context, and waits for that too', async () => {
    const { linker, events } = setUp()
    const { opened, open } = gate()
    const seen: string[] = []
    linker.on(
      Tick,
      async (_, { emit }) => {
        await opened
        await emit(Named, 'from a handler')
      },
      { local: true },
    )
    linker.on(Named, (name) => void seen.push(name), { local: true })
    events.emit(Tick)
    const counts = events.shutdown()
    open()
    expect(await counts).toMatchObject({ total: 2, fulfilled: 2 })
    expect(seen).toEqual(['from a handler'])
  })

  it('may be called again and again: the executor ends once, and everyone gets the same counts', async () => {
    const { linker, executor, events } = setUp()
    linker.on(Tick, async () => Promise.resolve(), { local: true })
    events.emit(Tick)
    const all = await Promise.all([events.shutdown(), events.shutdown(), events[Symbol.asyncDispose]()])
    const later = await events.shutdown()
    expect(all[0]).toMatchObject({ total: 1, fulfilled: 1 })
    expect(all[1]).toEqual(all[0])
    expect(later).toEqual(all[0])
    expect(executor.ended).toEqual(['shutdown'])
  })

  it('cancelPending: cancels what has not started and lets the rest finish', async () => {
    const { linker, events } = setUp({ executor: new LoopExecutor({ concurrency: 1 }) })
    const seen: string[] = []
    const started = gate()
    const { opened, open } = gate()
    linker.on(
      Named,
      async (name) => {
        seen.push(name)
        started.open()
        await opened
      },
      { local: true },
    )
    events.emit(Named, 'running')
    const pending = events.emit(Named, 'pending')
    await started.opened
    const counts = events.shutdown({ cancelPending: true })
    expect((await pending.settled).cancelled).toBe(1)
    open()
    expect(await counts).toEqual({
      total: 2,
      fulfilled: 1,
      rejected: 0,
      cancelled: 1,
      dropped: 0,
      handedOver: 0,
    })
    expect(seen).toEqual(['running'])
  })

  it('timeoutMs: cancels what is left after it, and terminates the executor', async () => {
    const { linker, executor, events } = setUp()
    const aborted = gate()
    linker.on(
      Tick,
      (_, { signal }) => new Promise(() => signal.addEventListener('abort', () => aborted.open())),
      { local: true },
    )
    linker.on(Tick, () => undefined, { local: true })
    const emission = events.emit(Tick)
    expect(await events.shutdown({ timeoutMs: 1 })).toEqual({
      total: 2,
      fulfilled: 1,
      rejected: 0,
      cancelled: 1,
      dropped: 0,
      handedOver: 0,
    })
    expect((await emission.settled).cancelled).toBe(1)
    await aborted.opened
    expect(executor.ended).toEqual(['terminate'])
  })

  it('timeoutMs: cancels only its own work where it does not own the executor', async () => {
    const executor = new LoopExecutor()
    const { linker, events } = setUp({ executor, ownsExecutor: false })
    const other = setUp({ executor, ownsExecutor: false })
    const { opened, open } = gate()
    linker.on(Tick, () => opened, { local: true })
    other.linker.on(Tick, () => opened, { local: true })
    events.emit(Tick)
    other.events.emit(Tick)
    expect(await events.shutdown({ timeoutMs: 1 })).toMatchObject({ cancelled: 1 })
    open()
    expect(await other.events.shutdown()).toMatchObject({ fulfilled: 1, cancelled: 0 })
    expect(executor.ended).toEqual([])
  })

  it('timeoutMs: counts also when an earlier shutdown waits without limit', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => new Promise(() => undefined), { local: true })
    events.emit(Tick)
    const patient = events.shutdown()
    const hurried = await events.shutdown({ timeoutMs: 1 })
    expect(hurried).toMatchObject({ total: 1, cancelled: 1 })
    expect(await patient).toEqual(hurried)
  }, 5000)

  it('wait: false ends the work in the background', async () => {
    const { linker, executor, events } = setUp()
    const { opened, open } = gate()
    linker.on(Tick, () => opened, { local: true })
    const emission = events.emit(Tick)
    expect(await events.shutdown({ wait: false })).toEqual({
      total: 1,
      fulfilled: 0,
      rejected: 0,
      cancelled: 0,
      dropped: 0,
      handedOver: 0,
    })
    expect(() => events.emit(Tick)).toThrow(EmitterClosedError)
    open()
    await emission
    await events.shutdown()
    expect(executor.ended).toEqual(['shutdown'])
  })

  it.each([
    ['an unknown option', { timeout: 1 }, 'timeout'],
    ['a wait that is no boolean', { wait: 'no' }, 'wait'],
    ['a cancelPending that is no boolean', { cancelPending: 1 }, 'cancelPending'],
    ['a timeoutMs of 0', { timeoutMs: 0 }, 'timeoutMs'],
    ['options that are null', null, 'object'],
  ])('refuses %s, and the emitter stays open', async (_, options, name) => {
    const { linker, events } = setUp()
    linker.on(Tick, () => undefined, { local: true })
    const error = await rejectionOf(events.shutdown(options as never))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ message: expect.stringContaining(name) })
    expect((await events.emit(Tick)).fulfilled).toBe(1)
  })
})

describe('await using', () => {
  it('drains and shuts down at the end of its scope', async () => {
    const { linker, executor } = setUp({ ownsExecutor: false })
    const seen: string[] = []
    linker.on(
      Named,
      async (name) => {
        await Promise.resolve()
        seen.push(name)
      },
      { local: true },
    )
    {
      await using events = new EventEmitter({ executor, linker })
      events.emit(Named, 'a')
      events.emit(Named, 'b')
    }
    expect(seen).toEqual(['a', 'b'])
    expect(executor.ended).toEqual(['shutdown'])
  })

  it('drains and shuts down also when the body throws, whose error surfaces though handlers fail', async () => {
    const { linker, executor } = setUp({ ownsExecutor: false })
    const seen: string[] = []
    const failures: unknown[] = []
    linker.on(
      Named,
      async (name) => {
        await Promise.resolve()
        seen.push(name)
        throw new Error('of a handler')
      },
      { local: true },
    )
    const error = new Error('of the body')
    const body = async () => {
      await using events = new EventEmitter({
        executor,
        linker,
        onFailure: (failure) => failures.push(failure),
      })
      events.emit(Named, 'a')
      throw error
    }
    expect(await rejectionOf(body())).toBe(error)
    expect(seen).toEqual(['a'])
    expect(failures).toMatchObject([{ message: 'of a handler' }])
    expect(executor.ended).toEqual(['shutdown'])
  })

  it('is bounded by shutdownTimeoutMs', async () => {
    const { linker, executor } = setUp({ ownsExecutor: false })
    linker.on(Tick, () => new Promise(() => undefined), { local: true })
    {
      await using events = new EventEmitter({ executor, linker, shutdownTimeoutMs: 1 })
      events.emit(Tick)
    }
    expect(executor.ended).toEqual(['terminate'])
  })
})

describe('an emitter that is used while a worker imports a handler module', () => {
  it('refuses, and names what to guard', async () => {
    const { events } = setUp()
    await whileImporting(async () => {
      const error = thrownBy(() => events.emit(Tick))
      expect(error).toBeInstanceOf(NestedExecutorError)
      expect(error).toMatchObject({ message: expect.stringContaining('isMainRealm') })
      await expect(events.ready()).rejects.toThrow(NestedExecutorError)
    })
    expect((await events.emit(Tick)).total).toBe(0)
  })
})

describe('terminate', () => {
  it('cancels what has no outcome, ends the executor, and refuses further emissions', async () => {
    const { linker, executor, events } = setUp()
    linker.on(Tick, () => new Promise(() => undefined), { local: true })
    const emission = events.emit(Tick)
    expect(await events.terminate()).toEqual({
      total: 1,
      fulfilled: 0,
      rejected: 0,
      cancelled: 1,
      dropped: 0,
      handedOver: 0,
    })
    expect((await emission.settled).cancelled).toBe(1)
    expect(executor.ended).toEqual(['terminate'])
    expect(() => events.emit(Tick)).toThrow(EmitterClosedError)
  })

  it('ends a shutdown that waits', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => new Promise(() => undefined), { local: true })
    events.emit(Tick)
    const patient = events.shutdown()
    expect(await events.terminate()).toMatchObject({ cancelled: 1 })
    expect(await patient).toMatchObject({ cancelled: 1 })
  })
})

describe('AsyncLocalStorage', () => {
  it('holds in a handler on this loop what it held at emit', async () => {
    const { linker, events } = setUp()
    const request = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    linker.on(Named, (name) => void seen.push([name, request.getStore()]), { local: true })
    request.run('request a', () => events.emit(Named, 'a'))
    request.run('request b', () => events.emit(Named, 'b'))
    await events.drain()
    expect(seen).toEqual([
      ['a', 'request a'],
      ['b', 'request b'],
    ])
  })
})
