import {
  defineEvent,
  InvalidLinkError,
  InvalidOptionError,
  payload,
  type RetryOptions,
} from '@eventlane/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { setUp } from './support/set-up.js'
import { thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())

describe('the option retry', () => {
  it.each([
    ['no object', 3, 'retry'],
    ['null', null, 'retry'],
    ['an unknown option', { attempt: 3 }, 'retry.attempt'],
    ['attempts of 0', { attempts: 0 }, 'retry.attempts'],
    ['attempts that are no integer', { attempts: 1.5 }, 'retry.attempts'],
    ['endless attempts', { attempts: Number.POSITIVE_INFINITY }, 'retry.attempts'],
    ['an unknown backoff', { backoff: 'linear' }, 'retry.backoff'],
    ['a negative delayMs', { delayMs: -1 }, 'retry.delayMs'],
    ['a delayMs that no timer can keep', { delayMs: 2 ** 31 }, 'retry.delayMs'],
    ['a maxDelayMs that is no number', { maxDelayMs: '1s' }, 'retry.maxDelayMs'],
    ['a maxDelayMs below delayMs', { delayMs: 200, maxDelayMs: 100 }, 'retry.maxDelayMs'],
    ['a jitter above 1', { jitter: 1.1 }, 'retry.jitter'],
    ['a jitter that is NaN', { jitter: Number.NaN }, 'retry.jitter'],
    ['a retryIf that is no function', { retryIf: true }, 'retry.retryIf'],
    ['an onWorkerLoss that is no boolean', { onWorkerLoss: 1 }, 'retry.onWorkerLoss'],
  ])('refuses %s, naming it', (_, retry, name) => {
    const { linker } = setUp()
    const error = thrownBy(() => linker.on(Tick, () => undefined, { local: true, retry: retry as never }))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ message: expect.stringContaining(name) })
    expect(linker.links()).toEqual([])
  })

  it('makes the same link of the same options, written out again', () => {
    const { linker } = setUp()
    const handler = () => undefined
    const link = linker.on(Tick, handler, { local: true, retry: { attempts: 2 } })
    expect(linker.on(Tick, handler, { local: true, retry: { attempts: 2 } })).toBe(link)
    expect(() => linker.on(Tick, handler, { local: true, retry: { attempts: 3 } })).toThrow(InvalidLinkError)
    expect(() => linker.on(Tick, handler, { local: true })).toThrow(InvalidLinkError)
  })
})

describe('the delays between attempts', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  /** The delay before each attempt after the first, in milliseconds. */
  async function delays(retry: RetryOptions): Promise<number[]> {
    const { linker, events } = setUp()
    let isDone = false
    let attempts = 0
    const seen: number[] = []
    const fails = () => {
      attempts += 1
      throw new Error('again')
    }
    linker.on(Tick, fails, { local: true, retry, onFailure: () => (isDone = true) })
    events.emit(Tick)
    for (let waited = 0; ; waited += 1) {
      const before: number = attempts
      await new Promise(setImmediate)
      if (attempts > before) {
        if (before > 0) seen.push(waited)
        waited = 0
      }
      if (isDone) return seen
      vi.advanceTimersByTime(1)
    }
  }

  it('are doubled each time by default, up to maxDelayMs', async () => {
    const retry = { attempts: 6, delayMs: 10, maxDelayMs: 50, jitter: 0 }
    expect(await delays(retry)).toEqual([10, 20, 40, 50, 50])
  })

  it('are all the same with a fixed backoff', async () => {
    expect(await delays({ attempts: 4, backoff: 'fixed', delayMs: 7, jitter: 0 })).toEqual([7, 7, 7])
  })

  it('start at 100 ms by default, of which up to a half is random', async () => {
    const random = vi.spyOn(Math, 'random')
    random.mockReturnValue(0)
    expect(await delays({})).toEqual([100, 200])
    random.mockReturnValue(1)
    expect(await delays({})).toEqual([50, 100])
    random.mockRestore()
  })

  it('do not start above a maxDelayMs that is given alone', async () => {
    expect(await delays({ maxDelayMs: 5, jitter: 0 })).toEqual([5, 5])
  })
})

describe('a task that is tried again', () => {
  it('is told apart from its earlier attempts: a late result of one is not the outcome of the next', async () => {
    const { linker, events } = setUp()
    const returns: ((value: string) => void)[] = []
    const handler = () => new Promise<string>((resolve) => returns.push(resolve))
    const retry = { attempts: 2, delayMs: 0 }
    linker.on(Named, handler, { local: true, timeoutMs: 30, retry, onFailure: () => undefined })
    const emission = events.emit(Named, 'a')
    await vi.waitUntil(() => returns.length === 2, { interval: 1 })
    returns[0]?.('too late')
    const report = await emission.settled
    expect(report.outcomes).toMatchObject([
      { status: 'rejected', attempt: 2, error: { code: 'ERR_HANDLER_TIMEOUT' } },
    ])
  })

  it('has one report of failure, of its last attempt', async () => {
    const { linker, events } = setUp()
    const failures: unknown[] = []
    const fails = (_: string, { attempt }: { attempt: number }) => {
      throw new Error(`attempt ${String(attempt)}`)
    }
    const retry = { attempts: 2, delayMs: 0 }
    linker.on(Named, fails, { local: true, retry, onFailure: (error) => failures.push(error) })
    events.emit(Named, 'a')
    await events.drain()
    expect(failures).toEqual([new Error('attempt 2')])
  })
})
