import { InvalidOptionError } from '@eventlane/core'
import { checkOptions, isDelayMs, isLimit, isPositiveMs } from '@eventlane/core/executor'

/** How the time before a restart grows with failures in a row. */
export type RestartStrategy = 'never' | 'immediate' | 'fixed' | 'linear' | 'exponential'

/** Whether, when and how often a service that has crashed is started again. */
export interface RestartOptions {
  /**
   * `never`; `immediate`: without a delay; `fixed`: after `delayMs`; `linear`: after `delayMs` times the failures in a row;
   * `exponential`: after `delayMs`, doubled with each further failure in a row. Default: `exponential`.
   */
  readonly strategy?: RestartStrategy
  /** The first delay, in milliseconds. Default: 200. */
  readonly delayMs?: number
  /** No delay is longer, in milliseconds. Default: 30,000. */
  readonly maxDelayMs?: number
  /** The share of each delay that is left to chance, from 0 to 1: 0.2 takes up to a fifth off. Default: 0. */
  readonly jitter?: number
  /** How many restarts there may be within `windowMs`; at the next crash the service has failed for good. Default: 5. */
  readonly maxRestarts?: number
  /** In milliseconds. A service that has been ready for so long has no failures in a row any more. Default: 60,000. */
  readonly windowMs?: number
}

/** Restart options with their defaults filled in. */
export type ResolvedRestartOptions = Required<RestartOptions>

const STRATEGIES: readonly unknown[] = ['never', 'immediate', 'fixed', 'linear', 'exponential']

const RESTART_OPTIONS: Readonly<Record<keyof RestartOptions, (value: unknown) => boolean>> = {
  strategy: (value) => STRATEGIES.includes(value),
  delayMs: isDelayMs,
  maxDelayMs: isDelayMs,
  jitter: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  maxRestarts: (value) => value === 0 || isLimit(value),
  windowMs: isPositiveMs,
}

/**
 * Checks restart options and fills in defaults.
 *
 * @param where whose they are, for the error
 * @throws InvalidOptionError naming the option
 */
export function resolveRestartOptions(options: RestartOptions, where: string): ResolvedRestartOptions {
  checkOptions(options, RESTART_OPTIONS, () => where, 'restart.')
  const { strategy = 'exponential', delayMs = 200, maxDelayMs = 30_000 } = options
  const { jitter = 0, maxRestarts = 5, windowMs = 60_000 } = options
  if (options.maxDelayMs !== undefined && maxDelayMs < delayMs) {
    throw new InvalidOptionError(
      `option restart.maxDelayMs (${String(maxDelayMs)}) is less than restart.delayMs (${String(delayMs)})`,
      where,
      'raise restart.maxDelayMs, or leave it out',
    )
  }
  return { strategy, delayMs, maxDelayMs: Math.max(delayMs, maxDelayMs), jitter, maxRestarts, windowMs }
}

/**
 * How long to wait before a restart, in milliseconds.
 *
 * @param options see {@link resolveRestartOptions}
 * @param failures how often in a row the service has crashed, from 1
 * @param chance a number from 0 to 1, for the jitter
 */
export function restartDelay(options: ResolvedRestartOptions, failures: number, chance: number): number {
  const { delayMs, maxDelayMs, jitter } = options
  const delay = Math.min(maxDelayMs, delayMs * growth(options.strategy, failures))
  return delay * (1 - jitter * chance)
}

function growth(strategy: RestartStrategy, failures: number): number {
  switch (strategy) {
    case 'never':
    case 'immediate':
      return 0
    case 'fixed':
      return 1
    case 'linear':
      return failures
    case 'exponential':
      // The power alone would be infinite, and 0 times that is no number.
      return 2 ** Math.min(failures - 1, 52)
  }
}
