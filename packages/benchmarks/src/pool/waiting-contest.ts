import type { Contest } from '../contest.js'
import type { Metric } from '../metric.js'
import { timed } from '../timed.js'
import type { PoolSubject } from './pool.js'
import type { PoolSet } from './pool-set.js'
import type { Wait } from './workers/waiting.js'

export const WAITING = 50
export const WAIT_MS = 5
export const WAITING_TIME: Metric = { name: 'time', unit: 'ns', better: 'less' }

const waits = Array.from({ length: WAITING }, (_, index): Wait => ({ ms: WAIT_MS, result: 1 + index }))
const sumOf = (results: readonly number[]): number => results.reduce((sum, result) => sum + result, 0)

/** Who has one worker wait for many things. */
export interface WaitingContest {
  readonly table: string
  readonly subjects: readonly PoolSubject<Wait>[]
  readonly pools: PoolSet<Wait>
}

/** How long it takes until all of many handlers that wait are done, with one worker. */
export function waitingContest({ table, subjects, pools }: WaitingContest): Contest {
  return {
    table,
    contenders: subjects.map((subject) =>
      timed({
        subject: subject.name,
        metric: WAITING_TIME,
        pass: async () => {
          const pool = pools.of(subject, 1)
          return sumOf(await Promise.all(waits.map((wait) => pool.run(wait))))
        },
        operations: 1,
        checksum: sumOf(waits.map(({ result }) => result)),
      }),
    ),
  }
}
