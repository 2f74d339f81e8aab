import { InvalidOptionError } from '@eventlane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveRestartOptions, restartDelay, type RestartStrategy } from '../src/restart.js'

const strategies: RestartStrategy[] = ['never', 'immediate', 'fixed', 'linear', 'exponential']
const delays = fc
  .tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 100_000 }))
  .map(([delayMs, more]) => ({ delayMs, maxDelayMs: delayMs + more }))
const failures = fc.integer({ min: 1, max: 10_000 })
const chance = fc.double({ min: 0, max: 1, noNaN: true })
const jitter = fc.double({ min: 0, max: 1, noNaN: true })

const resolve = (options: Parameters<typeof resolveRestartOptions>[0]) =>
  resolveRestartOptions(options, 'here')

describe('the delay before a restart', () => {
  it.each<[RestartStrategy, number[]]>([
    ['immediate', [0, 0, 0, 0, 0]],
    ['fixed', [100, 100, 100, 100, 100]],
    ['linear', [100, 200, 300, 400, 450]],
    ['exponential', [100, 200, 400, 450, 450]],
  ])('of the strategy %s grows as %j', (strategy, expected) => {
    const options = resolve({ strategy, delayMs: 100, maxDelayMs: 450 })
    expect([1, 2, 3, 4, 5].map((count) => restartDelay(options, count, 0))).toEqual(expected)
  })

  it('is never negative, never longer than maxDelayMs, and no shorter than jitter allows', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...strategies),
        delays,
        jitter,
        failures,
        chance,
        (strategy, span, share, count, luck) => {
          const options = resolve({ strategy, ...span, jitter: share })
          const delay = restartDelay(options, count, luck)
          const whole = restartDelay({ ...options, jitter: 0 }, count, luck)
          expect(delay).toBeLessThanOrEqual(span.maxDelayMs)
          expect(delay).toBeGreaterThanOrEqual(0)
          expect(delay).toBeLessThanOrEqual(whole)
          expect(delay).toBeGreaterThanOrEqual(whole * (1 - share) - 1e-9)
        },
      ),
    )
  })

  it('does not shrink with further failures', () => {
    fc.assert(
      fc.property(fc.constantFrom(...strategies), delays, failures, (strategy, span, count) => {
        const options = resolve({ strategy, ...span })
        expect(restartDelay(options, count + 1, 0)).toBeGreaterThanOrEqual(restartDelay(options, count, 0))
      }),
    )
  })
})

describe('restart options', () => {
  it.each([
    ['strategy', 'sometimes'],
    ['delayMs', -1],
    ['maxDelayMs', Infinity],
    ['jitter', 1.5],
    ['maxRestarts', -1],
    ['windowMs', 0],
    ['retries', 3],
  ])('refuse a wrong %s, naming it', (option, value) => {
    const refused = () => resolve({ [option]: value })
    expect(refused).toThrow(InvalidOptionError)
    expect(refused).toThrow(`restart.${option}`)
  })

  it('refuse a longest delay that is shorter than the first', () => {
    expect(() => resolve({ delayMs: 100, maxDelayMs: 50 })).toThrow(/restart\.maxDelayMs \(50\)/)
  })
})
