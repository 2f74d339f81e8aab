import type { Spread } from './spread.js'

const threeDigits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** Three digits of it: the rest is noise. */
export const formatNumber = (number: number): string => threeDigits.format(number)

/** A median with its unit. */
export function formatMedian({ median }: Spread, unit: string): string {
  const scale = scaleOf(median, unit)
  return `${formatNumber(median / scale.size)} ${scale.unit}`
}

/** Least and most, in the unit of the median. */
export function formatExtremes({ median, min, max }: Spread, unit = ''): string {
  const { size } = scaleOf(median, unit)
  return `${formatNumber(min / size)} – ${formatNumber(max / size)}`
}

interface Scale {
  readonly unit: string
  readonly size: number
}

const NANOSECONDS: Scale = { unit: 'ns', size: 1 }
const LONGER_TIMES: readonly Scale[] = [
  { unit: 's', size: 1e9 },
  { unit: 'ms', size: 1e6 },
  { unit: 'µs', size: 1e3 },
]

function scaleOf(value: number, unit: string): Scale {
  if (unit !== NANOSECONDS.unit) return { unit, size: 1 }
  return LONGER_TIMES.find(({ size }) => value >= size) ?? NANOSECONDS
}
