import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Measurements } from '../measurements.js'
import type { Metric } from '../metric.js'

/** What a memory program finds, in bytes. */
export interface MemoryUse {
  readonly heapBefore: number
  /** With all emissions queued. */
  readonly heapQueued: number
  readonly heapAfter: number
}

const BYTES_PER_EMISSION: Metric = { name: 'per queued emission', unit: 'bytes', better: 'less' }
export const HEAP: Metric = { name: 'heap', unit: 'kB', better: 'less' }
export const BEFORE = 'before'
export const AFTER = 'when all have settled'

const program = fileURLToPath(new URL('./memory-program.js', import.meta.url))

/** The heap of a fresh process around so many emissions. */
async function measureMemory(emissions: number, portable: boolean): Promise<MemoryUse> {
  const flags = ['--expose-gc', '--max-old-space-size=8192']
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    program,
    String(emissions),
    String(portable),
  ])
  return JSON.parse(stdout) as MemoryUse
}

/** Adds what a round finds to the tables `queued` and `settled`. */
export async function addMemory(measurements: Measurements, emissions: number): Promise<void> {
  for (const portable of [true, false]) {
    const { heapBefore, heapQueued, heapAfter } = await measureMemory(emissions, portable)
    const perEmission = (heapQueued - heapBefore) / emissions
    const subject = portable ? 'eventlane' : 'eventlane, portable: false'
    measurements.add('queued', subject, { metric: BYTES_PER_EMISSION, value: perEmission })
    if (!portable) continue
    measurements.add('settled', BEFORE, { metric: HEAP, value: heapBefore / 1000 })
    measurements.add('settled', AFTER, { metric: HEAP, value: heapAfter / 1000 })
  }
}
