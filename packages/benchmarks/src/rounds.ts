import type { Contest } from './contest.js'
import { collectYoungGarbage } from './garbage.js'
import { Measurements } from './measurements.js'
import type { Settings } from './settings.js'

/**
 * Measures every contender once a round. Rounds are outermost, so that a disturbance of some seconds hurts one round of
 * all and not all rounds of one, and so that code has seen what all contests make it see, as it has in a program.
 */
export async function playRounds(contests: readonly Contest[], settings: Settings): Promise<Measurements> {
  const { rounds, warmUpRounds, sampleMs } = settings
  const measurements = new Measurements()
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const { table, contenders } of contests) {
      for (const { subject, measure } of orderOf(contenders, Math.max(round, 0))) {
        collectYoungGarbage()
        const figures = await measure(sampleMs)
        if (round >= 0) for (const figure of figures) measurements.add(table, subject, figure)
      }
    }
  }
  return measurements
}

/** Each round begins with another one and every other round runs backwards: nobody keeps a place or a predecessor. */
function orderOf<Item>(items: readonly Item[], round: number): readonly Item[] {
  const begin = round % items.length
  const rotated = [...items.slice(begin), ...items.slice(0, begin)]
  return round % 2 === 0 ? rotated : rotated.toReversed()
}
