import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineService } from '@eventlane/service'
import { z } from 'zod'
import { CpuSampled } from './events.js'

/** Since the machine was started, in milliseconds. */
interface Times {
  readonly busy: number
  readonly total: number
}

/** Measures how busy the processors are. */
export const cpuSampler = defineService(import.meta.url, {
  name: 'cpu-sampler',
  config: z.object({ everyMs: z.number().positive() }),
  async start({ config, signal, ready, emit }) {
    let before = readTimes()
    ready()
    for (;;) {
      await sleep(config.everyMs, undefined, { signal })
      const after = readTimes()
      const busy = after.map((times, index) => share(before[index] ?? times, times))
      before = after
      await emit(CpuSampled, { busy, pid: process.pid })
    }
  },
})

function readTimes(): Times[] {
  return cpus().map(({ times }) => {
    const total = Object.values(times).reduce((sum, time) => sum + time, 0)
    return { busy: total - times.idle, total }
  })
}

function share(before: Times, after: Times): number {
  const total = after.total - before.total
  return total === 0 ? 0 : (after.busy - before.busy) / total
}
