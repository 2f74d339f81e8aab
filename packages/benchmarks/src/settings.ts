/** How thoroughly to measure. */
export interface Settings {
  /** How often each contender is measured. */
  readonly rounds: number
  /** Rounds before those, whose figures are thrown away: compilers settle, caches fill. */
  readonly warmUpRounds: number
  /** How long one sample takes at least: long enough for the clock, and for a share of garbage collection. */
  readonly sampleMs: number
}

export const FULL: Settings = { rounds: 21, warmUpRounds: 4, sampleMs: 50 }

/** Keeps a benchmark under a minute; for a look, not for publication. */
export const QUICK: Settings = { rounds: 9, warmUpRounds: 4, sampleMs: 25 }

/**
 * For work that takes long to get going: samples of some times the length, and fewer of them, so that a benchmark takes
 * about as long as others.
 */
export function longerSamples({ rounds, warmUpRounds, sampleMs }: Settings): Settings {
  return { rounds: Math.ceil(rounds / 2), warmUpRounds: Math.ceil(warmUpRounds / 2), sampleMs: sampleMs * 3 }
}
