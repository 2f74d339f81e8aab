import { CROWDS, decide, MODES, PLACES, UNITS, type WorkUnit } from './decision-table.js'
import type { LocalExecutionMode } from '@eventlane/core'
import { warningsAbout } from './placement-warnings.js'
import { factsOf, type WorkProfile } from './work-profile.js'

/** Where work belongs, and why. */
export interface Recommendation {
  /** The mode, for {@link createExecutor}. */
  readonly mode: LocalExecutionMode
  /** Whether it is linked as a handler, or had better be a service: one long-lived unit in that mode, which is talked to. */
  readonly unit: WorkUnit
  /** Sentences, at least one. */
  readonly reasons: readonly string[]
  /**
   * What speaks against the recommended mode as things are, and against the mode that the profile names: sentences that begin
   * with the mode and `cannot work` or `hurts`, and say what to do.
   */
  readonly warnings: readonly string[]
}

/**
 * The decision guide as a function: where work of that kind belongs. It only tells, and moves nothing; the same profile has the
 * same recommendation everywhere, always.
 *
 * @param profile what the work is like; see {@link WorkProfile}. `observe` fills it from measurements
 * @returns one mode, whether as handler or service, the reasons, and warnings
 * @throws InvalidOptionError when a field is unknown or wrong, or `work` is missing
 * @example
 * ```ts
 * import { recommendExecutor } from 'eventlane'
 *
 * const { mode, reasons } = recommendExecutor({ work: 'cpu', runMs: 80, atOnce: 100 })
 * console.log(mode) // separate-thread
 * for (const reason of reasons) console.log(reason)
 * ```
 */
export function recommendExecutor(profile: WorkProfile): Recommendation {
  const facts = factsOf(profile)
  const unit = decide(UNITS, facts)
  const place = decide(PLACES, facts)
  const crowd = decide(CROWDS, facts)
  const mode = MODES[place.choose][crowd.choose]
  return {
    mode,
    unit: unit.choose,
    reasons: [...new Set([unit.because, place.because, ...(place.choose === 'main' ? [] : [crowd.because])])],
    warnings: [...new Set([mode, facts.mode ?? mode])].flatMap((one) =>
      warningsAbout(one, facts, unit.choose),
    ),
  }
}
