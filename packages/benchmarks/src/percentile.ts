/**
 * The figure that a share of the figures does not exceed, by nearest rank.
 *
 * @param figures in any order; they are sorted in place
 * @param share 0.99 for the 99th percentile
 */
export function percentile(figures: Float64Array, share: number): number {
  const rank = Math.max(Math.ceil(figures.length * share), 1)
  const figure = figures.sort()[rank - 1]
  if (figure === undefined) throw new RangeError('there are no figures')
  return figure
}
