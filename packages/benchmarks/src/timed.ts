import { performance } from 'node:perf_hooks'
import type { Contender } from './contest.js'
import type { Metric } from './metric.js'

/** Work that is repeated for as long as a sample takes. */
export interface TimedWork {
  readonly subject: string
  readonly metric: Metric
  /** Does all operations once and gives a sum that only comes out right if each of them was done. */
  readonly pass: () => number | Promise<number>
  /** How many operations a pass has; a pass should take far longer than reading the clock. */
  readonly operations: number
  /** What each pass must give. */
  readonly checksum: number
}

const NANOSECONDS_PER_MS = 1e6

/** A contender whose figure is the time of one operation, in ns. */
export function timed({ subject, metric, pass, operations, checksum }: TimedWork): Contender {
  return {
    subject,
    measure: async (sampleMs) => {
      let passes = 0
      let elapsedMs: number
      const begun = performance.now()
      do {
        const sum = await pass()
        if (sum !== checksum)
          throw new Error(`${subject}, ${metric.name}: the checksum is ${sum}, not ${checksum}`)
        passes += 1
        elapsedMs = performance.now() - begun
      } while (elapsedMs < sampleMs)
      return [{ metric, value: (elapsedMs * NANOSECONDS_PER_MS) / (passes * operations) }]
    },
  }
}
