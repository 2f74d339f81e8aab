import { describe, expect, it } from 'vitest'
import type { Contender } from '../src/contest.js'
import type { Metric } from '../src/metric.js'
import { playRounds } from '../src/rounds.js'
import { timed } from '../src/timed.js'

const SCORE: Metric = { name: 'score', unit: 'points', better: 'more' }

/** Contenders who note when they play, and whose n-th figure is n times their weight. */
function players(names: Readonly<Record<string, number>>, played: string[]): Contender[] {
  return Object.entries(names).map(([subject, weight]) => {
    let turn = 0
    return {
      subject,
      measure: async () => {
        played.push(subject)
        turn += 1
        return [{ metric: SCORE, value: turn * weight }]
      },
    }
  })
}

describe('playRounds', () => {
  it('measures everybody once a round, in another order each time', async () => {
    const played: string[] = []
    await playRounds([{ table: 't', contenders: players({ a: 1, b: 1, c: 1 }, played) }], {
      warmUpRounds: 1,
      rounds: 4,
      sampleMs: 1,
    })
    expect(played.join('').match(/.../g)).toEqual(['abc', 'abc', 'acb', 'cab', 'cba'])
  })

  it('plays all contests in each round', async () => {
    const played: string[] = []
    const contests = [
      { table: 'one', contenders: players({ a: 1 }, played) },
      { table: 'other', contenders: players({ b: 1 }, played) },
    ]
    await playRounds(contests, { warmUpRounds: 0, rounds: 2, sampleMs: 1 })
    expect(played).toEqual(['a', 'b', 'a', 'b'])
  })

  it('forgets the rounds of warm-up', async () => {
    const contests = [{ table: 't', contenders: players({ a: 1, b: 10 }, []) }]
    const measurements = await playRounds(contests, { warmUpRounds: 2, rounds: 3, sampleMs: 1 })
    expect(measurements.rows).toEqual([
      { table: 't', subject: 'a', metric: SCORE, median: 4, min: 3, max: 5 },
      { table: 't', subject: 'b', metric: SCORE, median: 40, min: 30, max: 50 },
    ])
    expect(measurements.ratio('bVsA', { table: 't', metric: 'score', of: 'b', by: 'a' })).toEqual({
      name: 'bVsA',
      median: 10,
      min: 10,
      max: 10,
    })
  })

  it('compares a figure with a fixed value', async () => {
    const contests = [{ table: 't', contenders: players({ a: 1 }, []) }]
    const measurements = await playRounds(contests, { warmUpRounds: 0, rounds: 3, sampleMs: 1 })
    const target = { kind: 'at most', limit: 2 } as const
    expect(measurements.figure('half', { table: 't', metric: 'score', of: 'a', per: 2, target })).toEqual({
      name: 'half',
      median: 1,
      min: 0.5,
      max: 1.5,
      target,
    })
    expect(() => measurements.figure('f', { table: 't', metric: 'score', of: 'z', per: 1 })).toThrow(
      'no figures',
    )
  })

  it('has no ratio of what was not measured', async () => {
    const contests = [{ table: 't', contenders: players({ a: 1 }, []) }]
    const measurements = await playRounds(contests, { warmUpRounds: 0, rounds: 1, sampleMs: 1 })
    expect(() => measurements.ratio('r', { table: 't', metric: 'score', of: 'a', by: 'z' })).toThrow(
      'both figures',
    )
  })
})

describe('timed', () => {
  const work = { subject: 'a', metric: SCORE, operations: 1, checksum: 7 }

  it('repeats the work until the sample is long enough', async () => {
    let passes = 0
    const { measure } = timed({ ...work, pass: () => ((passes += 1), 7) })
    const [figure] = await measure(5)
    expect(figure).toEqual({ metric: SCORE, value: expect.any(Number) })
    expect(passes).toBeGreaterThan(0)
  })

  it('refuses a pass that did something else', async () => {
    const { measure } = timed({ ...work, pass: async () => 6 })
    await expect(measure(1)).rejects.toThrow('a, score: the checksum is 6, not 7')
  })
})
