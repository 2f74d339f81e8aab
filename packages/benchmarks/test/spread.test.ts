import { describe, expect, it } from 'vitest'
import { isMet, ratioSpread, type Target } from '../src/ratio.js'
import { spreadOf } from '../src/spread.js'

describe('spreadOf', () => {
  it.each([
    [[7], { median: 7, min: 7, max: 7 }],
    [[9, 1, 4], { median: 4, min: 1, max: 9 }],
    [[10, 9, 100, 1], { median: 9.5, min: 1, max: 100 }],
  ])('of %j', (figures, spread) => {
    expect(spreadOf(figures)).toEqual(spread)
  })

  it('leaves the figures in their order', () => {
    const figures = [3, 1, 2]
    spreadOf(figures)
    expect(figures).toEqual([3, 1, 2])
  })

  it('of nothing is an error', () => {
    expect(() => spreadOf([])).toThrow('no figures')
  })
})

describe('ratioSpread', () => {
  it('is the median of the ratios of rounds, which a slow spell leaves alone', () => {
    // In the last two rounds the machine was ten times slower; the ratio of medians would be 2.
    expect(ratioSpread([3, 3, 3, 30, 30], [1, 1, 2, 10, 20])).toEqual({ median: 3, min: 1.5, max: 3 })
  })

  it('needs both figures of every round', () => {
    expect(() => ratioSpread([1, 2], [1])).toThrow('both figures')
    expect(() => ratioSpread([], [])).toThrow('no figures')
  })
})

describe('isMet', () => {
  it.each<[Target['kind'], boolean, boolean, boolean]>([
    ['at most', true, true, false],
    ['below', true, false, false],
    ['at least', false, true, true],
  ])('%s', (kind, less, equal, more) => {
    const met = [1, 2, 3].map((median) =>
      isMet({ name: 'a', median, min: 0, max: 9, target: { kind, limit: 2 } }),
    )
    expect(met).toEqual([less, equal, more])
  })

  it('holds without a target', () => {
    expect(isMet({ name: 'a', median: 1, min: 1, max: 1 })).toBe(true)
  })
})
