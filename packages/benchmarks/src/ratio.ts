import { spreadOf, type Spread } from './spread.js'

/** What a ratio is meant to be. */
export interface Target {
  readonly kind: 'at most' | 'below' | 'at least'
  readonly limit: number
}

/** One subject's figures divided by another one's. */
export interface Ratio extends Spread {
  readonly name: string
  readonly target?: Target
}

/**
 * The spread of the rounds' ratios, not the ratio of medians: in a round the two are measured moments apart, so a machine
 * that slows down for a while slows both, and their ratio stays what it is.
 */
export function ratioSpread(dividends: readonly number[], divisors: readonly number[]): Spread {
  if (dividends.length !== divisors.length) throw new RangeError('a ratio needs both figures of every round')
  return spreadOf(dividends.map((dividend, round) => dividend / (divisors[round] ?? Number.NaN)))
}

/** Whether the median is as it is meant to be; without a target there is nothing to miss. */
export function isMet({ median, target }: Ratio): boolean {
  switch (target?.kind) {
    case 'at most':
      return median <= target.limit
    case 'below':
      return median < target.limit
    case 'at least':
      return median >= target.limit
    case undefined:
      return true
  }
}
