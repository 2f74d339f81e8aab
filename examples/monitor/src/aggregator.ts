import { defineService } from '@eventlane/service'
import { z } from 'zod'
import { CpuSampled, FileChanged, Summarised, type FileChange, type Summary } from './events.js'

/** Adds up what the other services tell, and emits a summary now and then. */
export const aggregator = defineService(import.meta.url, {
  name: 'aggregator',
  config: z.object({ everyMs: z.number().positive() }),
  start({ config, on, emit }) {
    const files = new Map<string, number>()
    const changes: Record<FileChange['change'], number> = { appeared: 0, changed: 0, vanished: 0 }
    let lastChange: string | undefined
    let samples = 0
    let sum = 0
    let last = 0
    let peak = 0

    on(FileChanged, ({ path, change, bytes }) => {
      changes[change] += 1
      lastChange = `${path} ${change}`
      if (change === 'vanished') files.delete(path)
      else files.set(path, bytes)
    })
    on(CpuSampled, ({ busy }) => {
      last = busy.reduce((total, one) => total + one, 0) / Math.max(1, busy.length)
      samples += 1
      sum += last
      peak = Math.max(peak, last)
    })

    const summary = (): Summary => ({
      files: files.size,
      bytes: [...files.values()].reduce((total, bytes) => total + bytes, 0),
      changes: { ...changes },
      lastChange,
      samples,
      busy: { last, mean: sum / Math.max(1, samples), peak },
    })
    const timer = setInterval(() => void emit(Summarised, summary()), config.everyMs)
    return async () => {
      clearInterval(timer)
      // What the others told while they stopped is in it.
      await emit(Summarised, summary())
    }
  },
})
