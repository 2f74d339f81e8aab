import type { Emission } from '@eventlane/core'
import { jobOf, workOn, type Job } from '../work/job.js'
import { WaitDue } from '../pool/workers/waiting.js'
import { ComputingDue, TrifleDue } from './workers/handlers.js'
import type { PlacedEmitter } from './placement.js'

export const COMPUTING_MS = 10
export const COMPUTING_JOBS = 8
export const TRIFLES = 2000
export const WAITS = 50
export const WAIT_MS = 5

/** One task of each kind after so many trifles, until there are no more. */
const TURN = Math.floor(TRIFLES / WAITS)

/** A mixture of tasks, and the sum of their results. */
export interface Workload {
  readonly emitAll: (events: PlacedEmitter) => Emission[]
  readonly tasks: number
  readonly checksum: number
}

/** Everything at once: most of it tiny, some of it waiting, and a little that computes for long. */
export function mixedWorkload(): Workload {
  const { turns } = jobOf(COMPUTING_MS)
  const jobs = Array.from({ length: COMPUTING_JOBS }, (_, index): Job => ({ turns: turns + index }))
  const trifles = Array.from({ length: TRIFLES }, (_, index) => ({ result: index }))
  const waits = Array.from({ length: WAITS }, (_, index) => ({ ms: WAIT_MS, result: 1000 + index }))
  const sumOf = (results: readonly number[]): number => results.reduce((sum, result) => sum + result, 0)
  return {
    tasks: COMPUTING_JOBS + TRIFLES + WAITS,
    checksum: sumOf([
      ...jobs.map((job) => workOn(job)),
      ...[...trifles, ...waits].map(({ result }) => result),
    ]),
    emitAll: (events) =>
      trifles.flatMap((trifle, index) => {
        const emissions = [events.emit(TrifleDue, trifle)]
        const [turn, place] = [Math.floor(index / TURN), index % TURN]
        const wait = waits[turn]
        const job = jobs[turn]
        if (place === 0 && wait) emissions.push(events.emit(WaitDue, wait))
        if (place === 1 && job) emissions.push(events.emit(ComputingDue, job))
        return emissions
      }),
  }
}

/**
 * Does it once.
 *
 * @returns the sum of all results
 * @throws Error where a task has no result, or one is missing
 */
export async function doOnce({ emitAll, tasks }: Workload, events: PlacedEmitter): Promise<number> {
  let sum = 0
  let count = 0
  for (const emission of emitAll(events)) {
    const { outcomes } = await emission
    for (const outcome of outcomes) {
      if (outcome.status !== 'fulfilled') throw new Error(`${outcome.handler} is ${outcome.status}`)
      sum += outcome.value as number
      count += 1
    }
  }
  if (count !== tasks) throw new Error(`${count} of ${tasks} tasks were done`)
  return sum
}
