import { defineEvent, InvalidOptionError, payload, type Outcome } from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'
import { runProgram } from './support/run-program.js'
import { setUp } from './support/set-up.js'
import { thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())

const hostile = (): never => {
  throw new RangeError('of a getter')
}
const withThen = (then: unknown): object => ({ then })

describe('what a handler returns', () => {
  it.each<[string, () => unknown, Partial<Outcome>]>([
    [
      'a then getter that throws',
      () => ({
        get then() {
          return hostile()
        },
      }),
      { status: 'rejected', error: new RangeError('of a getter') },
    ],
    [
      'a then that throws',
      () => withThen(hostile),
      { status: 'rejected', error: new RangeError('of a getter') },
    ],
    [
      'a then that resolves twice',
      () =>
        withThen((resolve: (value: number) => void) => {
          resolve(1)
          resolve(2)
        }),
      { status: 'fulfilled', value: 1 },
    ],
    [
      'a then that resolves and throws',
      () =>
        withThen((resolve: (value: number) => void) => {
          resolve(1)
          hostile()
        }),
      { status: 'fulfilled', value: 1 },
    ],
    [
      'a then that rejects with nothing',
      () =>
        withThen((_: unknown, reject: () => void) => {
          reject()
        }),
      { status: 'rejected', error: undefined },
    ],
    [
      'a thenable that resolves to a thenable',
      () =>
        withThen((resolve: (value: unknown) => void) => {
          resolve(Promise.resolve(3))
        }),
      { status: 'fulfilled', value: 3 },
    ],
    [
      'a function with then',
      () =>
        Object.assign(
          () => undefined,
          withThen((resolve: (value: number) => void) => {
            resolve(4)
          }),
        ),
      { status: 'fulfilled', value: 4 },
    ],
    ['a then that is no function', () => withThen(5), { status: 'fulfilled', value: { then: 5 } }],
    [
      'a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      },
      { status: 'rejected' },
    ],
    [
      'a field whose getter throws',
      () => ({
        get field() {
          return hostile()
        },
      }),
      { status: 'rejected' },
    ],
  ])('may be %s: the task has its outcome, and the next one runs', async (_, handler, expected) => {
    const { linker, events } = setUp({ executor: new LoopExecutor({ concurrency: 1 }) })
    linker.on(Tick, handler, { local: true })
    linker.on(Named, (name) => name, { local: true })
    const emission = events.emit(Tick)
    const next = events.emit(Named, 'next')
    expect((await emission.settled).outcomes).toMatchObject([expected])
    expect((await next).outcomes).toMatchObject([{ status: 'fulfilled', value: 'next' }])
    expect(await events.drain()).toMatchObject({ total: 2 })
  })

  it('may be nothing, ever: with a timeout the task ends, without one it can be cancelled', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => new Promise(() => undefined), { local: true })
    const timed = events.emit(Tick, undefined, { timeoutMs: 5 })
    const cancelled = events.emit(Tick)
    expect((await timed.settled).outcomes).toMatchObject([
      { status: 'rejected', error: { code: 'ERR_HANDLER_TIMEOUT' } },
    ])
    cancelled.cancel()
    expect(await events.drain()).toMatchObject({ total: 2, rejected: 1, cancelled: 1 })
  })
})

describe('what a handler throws', () => {
  it.each<[string, unknown]>([
    ['an error whose message throws', Object.defineProperty(new Error(), 'message', { get: hostile })],
    [
      'an error whose stack throws',
      Object.defineProperty(new Error('has no stack'), 'stack', { get: hostile }),
    ],
    ['a thenable', withThen(hostile)],
    [
      'a revoked proxy',
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      })(),
    ],
  ])('may be %s: it is reported, and its emission settles', async (_, thrown) => {
    const { linker, events } = setUp()
    const failures: unknown[] = []
    linker.on(
      Tick,
      () => {
        throw thrown
      },
      { local: true, retry: { attempts: 2, delayMs: 0 }, onFailure: (error) => failures.push(error) },
    )
    const report = await events.emit(Tick).settled
    expect(report).toMatchObject({ total: 1, rejected: 1 })
    expect(failures).toHaveLength(1)
    expect(failures[0] === thrown).toBe(true)
    expect(report.error?.message).toContain('tick')
  })
})

describe('the options of emit', () => {
  it.each([
    ['no object', 5, 'options'],
    ['an array', [], 'options'],
    ['an unknown one', { timeout: 5 }, 'timeout'],
    ['a timeoutMs of 0', { timeoutMs: 0 }, 'timeoutMs'],
    ['a timeoutMs that is NaN', { timeoutMs: Number.NaN }, 'timeoutMs'],
    ['a signal that is none', { signal: { aborted: false } }, 'signal'],
  ])('are refused where they are %s, naming it, and nothing has happened', async (_, options, name) => {
    const { linker, events } = setUp()
    linker.once(Named, () => undefined, { local: true })
    const error = thrownBy(() => events.emit(Named, 'a', options as never))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ message: expect.stringContaining(name) })
    expect(linker.links()).toHaveLength(1)
    expect(await events.drain()).toMatchObject({ total: 0 })
  })

  it('whose getters throw make emit throw that, and nothing has happened', async () => {
    const { linker, events } = setUp()
    linker.once(Named, () => undefined, { local: true })
    expect(
      thrownBy(() =>
        events.emit(Named, 'a', {
          get timeoutMs() {
            return hostile()
          },
        }),
      ),
    ).toBeInstanceOf(RangeError)
    expect(linker.links()).toHaveLength(1)
    expect(await events.drain()).toMatchObject({ total: 0 })
  })
})

describe('two copies of this package in one program', () => {
  it('work together: links and emitter of one, executor of the other, and a deadlock is seen', async () => {
    const { stdout, stderr } = await runProgram('two-copies-deliver')
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      counts: { total: 3, fulfilled: 2, rejected: 1, cancelled: 0, dropped: 0, handedOver: 0 },
      attempts: [1, 2],
      deadlock: 'ERR_DEADLOCK',
      failure: true,
    })
  })
})
