import { formatExtremes, formatNumber } from './format.js'
import type { Grid } from './grid.js'
import { isMet, type Ratio, type Target } from './ratio.js'

const SIGNS: Readonly<Record<Target['kind'], string>> = { 'at most': '≤', below: '<', 'at least': '≥' }

/** Ratios beside what they are meant to be. */
export function ratiosGrid(ratios: readonly Ratio[]): Grid {
  return {
    columns: [
      { title: 'ratio', alignment: 'left' },
      { title: 'median', alignment: 'right' },
      { title: 'min – max', alignment: 'right' },
      { title: 'target', alignment: 'right' },
      { title: 'met', alignment: 'left' },
    ],
    rows: ratios.map((ratio) => [
      ratio.name,
      formatNumber(ratio.median),
      formatExtremes(ratio),
      ...targetCells(ratio),
    ]),
  }
}

function targetCells(ratio: Ratio): [string, string] {
  const { target } = ratio
  if (target === undefined) return ['', '']
  return [`${SIGNS[target.kind]} ${formatNumber(target.limit)}`, isMet(ratio) ? 'yes' : 'NO']
}
