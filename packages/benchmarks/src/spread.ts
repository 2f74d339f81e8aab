/** Where the figures of several rounds lie. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** @throws RangeError where there are no figures */
export function spreadOf(figures: readonly number[]): Spread {
  if (figures.length === 0) throw new RangeError('no figures, no median')
  const sorted = figures.toSorted((one, other) => one - other)
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1)
  return {
    median: middle.reduce((total, figure) => total + figure, 0) / middle.length,
    min: Math.min(...figures),
    max: Math.max(...figures),
  }
}
