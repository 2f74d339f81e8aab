import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { Contender } from '../contest.js'
import type { Metric } from '../metric.js'

export const FIRST_HANDLER: Metric = { name: 'first handler done', unit: 'ns', better: 'less' }

const NANOSECONDS_PER_MS = 1e6

/** A program that is started anew for each sample, and prints what its first handler made of its argument. */
export function startContender(subject: string, program: string): Contender {
  const path = fileURLToPath(new URL(`./${program}.js`, import.meta.url))
  let value = 0
  return {
    subject,
    measure: async () => {
      value += 1
      const begun = performance.now()
      const child = spawn(process.execPath, [path, String(value)], { stdio: ['ignore', 'pipe', 'inherit'] })
      const closed = once(child, 'close')
      const [output] = (await Promise.race([once(child.stdout, 'data'), closed])) as [unknown]
      const elapsedMs = performance.now() - begun
      await closed
      if (Number(String(output)) !== value * 2) throw new Error(`${subject}: its output is ${String(output)}`)
      return [{ metric: FIRST_HANDLER, value: elapsedMs * NANOSECONDS_PER_MS }]
    },
  }
}
