import { performance } from 'node:perf_hooks'

/** Real work: a loop of so many turns. */
export interface Job {
  readonly turns: number
}

const CALIBRATION_TURNS = 1_000_000
const CALIBRATIONS = 15

/**
 * Keeps a core busy; what it returns can only be known by doing it. Its state is a 32-bit integer throughout: where V8 once takes it for
 * a floating-point number, which depends on what a worker has done before, the same job takes four times as long.
 */
export function workOn({ turns }: Job): number {
  let state = turns | 0
  for (let turn = 0; turn < turns; turn += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
  return state >>> 0
}

/** A job that takes so long on this machine, in ms; the fastest of some tries is what it takes undisturbed. */
export function jobOf(ms: number): Job {
  return { turns: Math.max(Math.round(ms * turnsPerMs()), 1) }
}

let measured: number | undefined

function turnsPerMs(): number {
  if (measured !== undefined) return measured
  let fastest = Number.POSITIVE_INFINITY
  for (let count = 0; count < CALIBRATIONS; count += 1) {
    const begun = performance.now()
    workOn({ turns: CALIBRATION_TURNS })
    fastest = Math.min(fastest, performance.now() - begun)
  }
  measured = CALIBRATION_TURNS / fastest
  return measured
}
