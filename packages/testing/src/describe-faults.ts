import { describe, expect, onTestFinished, test } from 'vitest'
import type { ExecutorFactory } from './executor-factory.js'
import { FaultLedger } from './fault-ledger.js'
import { FaultRun, MAX_ATTEMPTS } from './fault-run.js'
import { checkForLeaks, LeakWatch } from './leak-watch.js'
import { randomNumbers } from './random-numbers.js'

/** How a fault-injection run is set up. */
export interface FaultRunOptions {
  /** How many emissions; default: `EVENTLANE_FAULT_EMISSIONS`, or 3000. */
  readonly emissions?: number
  /** Repeats a run, as far as chance goes that the run itself throws; default: `EVENTLANE_FAULT_SEED`, or 1. */
  readonly seed?: number
}

/**
 * Fault injection: thousands of emissions to handlers of every kind, while workers are killed at random, cancels, timeouts
 * and retries fly. Every emission settles once, the counts agree with those that the test keeps, no handler runs twice, nothing is left.
 *
 * @param name how the executor is called in reports
 * @param factory makes an executor; see {@link ExecutorFactory}
 * @param options see {@link FaultRunOptions}
 * @example
 * ```ts
 * import { describeFaults, type ExecutorFactory } from '@eventlane/testing'
 *
 * declare const makeExecutor: ExecutorFactory // yours: (options) => new MyExecutor(options)
 *
 * describeFaults('MyExecutor', makeExecutor)
 * ```
 */
export function describeFaults(name: string, factory: ExecutorFactory, options: FaultRunOptions = {}): void {
  const emissions = options.emissions ?? Number(process.env.EVENTLANE_FAULT_EMISSIONS ?? 3000)
  const seed = options.seed ?? Number(process.env.EVENTLANE_FAULT_SEED ?? 1)

  describe(`${name} under faults`, { timeout: 60_000 + emissions * 20 }, () => {
    checkForLeaks()

    for (const concurrency of [1, 4]) {
      test(`loses, repeats and leaks nothing (${String(emissions)} emissions, concurrency ${String(concurrency)}, seed ${String(seed)})`, async () => {
        const ledger = new FaultLedger()
        onTestFinished(() => {
          ledger.remove()
        })
        const watch = new LeakWatch()
        onTestFinished(() => {
          watch[Symbol.dispose]()
        })
        const executor = factory({ workers: 2, concurrency, killGraceMs: 200 })
        const result = await new FaultRun(executor, randomNumbers(seed), ledger, watch).run(emissions)
        const { settlements, statuses, counts, stats, furtherTasks: inside } = result
        const { starts } = ledger

        const count = (wanted: string): number =>
          [...statuses.values()].filter((status) => status === wanted).length
        expect(statuses.size).toBe(emissions)
        expect(count('missing')).toBe(0)
        expect(counts.total).toBe(emissions + inside)
        expect(counts.cancelled).toBe(count('cancelled'))
        expect(counts.fulfilled + counts.rejected).toBe(count('fulfilled') + count('rejected') + inside)
        expect(settlements.size).toBe(counts.fulfilled + counts.rejected)
        expect([...settlements].filter(([, times]) => times !== 1)).toEqual([])

        // Neither a handler without retry nor any one attempt of a handler with it.
        expect([...starts].filter(([, times]) => times > 1)).toEqual([])
        const attempts = [...starts.keys()].flatMap((start) => / attempt (\d+)$/.exec(start)?.[1] ?? [])
        expect(Math.max(...attempts.map(Number))).toBeGreaterThanOrEqual(3)
        expect(Math.max(...attempts.map(Number))).toBeLessThanOrEqual(MAX_ATTEMPTS)
        // The first attempt of a task may have died with a process that it was handed to, before it started.
        const witnessed = new Set([...starts.keys()].map((start) => start.replace(/ attempt \d+$/, '')))
        const unwitnessed = [...statuses].filter(
          ([task, status]) => status === 'fulfilled' && !witnessed.has(task),
        )
        expect(unwitnessed).toEqual([])

        expect(result.wronglyBlamed).toEqual([])
        expect(stats).toMatchObject({ queued: 0 })
        expect(watch.ended).toBeGreaterThanOrEqual(stats.workersLost)
        // In fewer emissions, chance may spare all workers.
        if (executor.capabilities.isolated && emissions >= 1000) expect(stats.workersLost).toBeGreaterThan(0)
        if (emissions > 10_000) console.log(summary(name, result, watch))
      })
    }
  })
}

function summary(
  name: string,
  { counts, stats, killed, durationMs }: Awaited<ReturnType<FaultRun['run']>>,
  watch: LeakWatch,
): string {
  const seconds = (durationMs / 1000).toFixed(1)
  return `${name}: ${JSON.stringify(counts)}, ${String(stats.workersLost)} workers lost (${String(killed)} killed from outside), ${String(watch.ended)} ended in all, ${seconds} s`
}
