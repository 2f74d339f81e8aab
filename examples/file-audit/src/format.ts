import prettyBytes from 'pretty-bytes'

const integers = new Intl.NumberFormat('en')
const percents = new Intl.NumberFormat('en', {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
})

export const formatBytes = (bytes: number): string => prettyBytes(bytes)
export const formatCount = (count: number): string => integers.format(count)
export const formatMs = (ms: number): string => `${ms.toFixed(1)} ms`
export const formatPercent = (part: number): string => percents.format(part)
export const formatSeconds = (seconds: number): string => `${seconds.toFixed(2)} s`

/** `1 file`, `2 files`. */
export function formatNumberOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

const PATH_WIDTH = 64

/** A path's end, which says more than its beginning. */
export function formatPath(path: string): string {
  return path.length <= PATH_WIDTH ? path : `…${path.slice(1 - PATH_WIDTH)}`
}
