import type { LedgerEntry, Step } from './ledger-entry.js'
import { runsOf, type Run } from './summary.js'

const COLUMNS = 72
const LETTERS: Readonly<Record<Step, string>> = { payment: 'P', receipt: 'R', shipping: 'S' }
const LOST = 'x'
const WAITING = '·'

/** When what is shown happened, in milliseconds since 1970. */
export interface TimelineMarks {
  readonly begunAt: number
  readonly killedAt: number
  readonly placedAt: ReadonlyMap<string, number>
}

/** One line for each order: what was done for it at what time. */
export function formatTimeline(entries: readonly LedgerEntry[], marks: TimelineMarks): string {
  const { begunAt, killedAt, placedAt } = marks
  const endedAt = entries.at(-1)?.at ?? begunAt
  const scale = Math.max(1, (endedAt - begunAt) / (COLUMNS - 1))
  const column = (at: number): number => Math.max(0, Math.floor((at - begunAt) / scale))
  const width = Math.max(...[...placedAt.keys()].map(({ length }) => length))
  const runs = runsOf(entries)
  const rows = [...placedAt].map(([order, at]) => {
    const own = runs.filter((run) => run.order === order)
    const cells = Array.from({ length: COLUMNS }, () => ' ')
    const last = Math.max(at, ...own.map(({ returnedAt }) => returnedAt ?? killedAt))
    cells.fill(WAITING, column(at), column(last) + 1)
    for (const { step, startedAt, returnedAt } of own)
      cells.fill(
        returnedAt === undefined ? LOST : LETTERS[step],
        column(startedAt),
        column(returnedAt ?? killedAt) + 1,
      )
    return `${order.padEnd(width)}  ${cells.join('')}  ${remarkOf(own)}`.trimEnd()
  })
  const margin = ' '.repeat(width + 2)
  return [
    'P payment, R receipt, S shipping; · waits; x under way when its worker was killed',
    '',
    `${margin}${rulerOf(endedAt - begunAt, scale)}`,
    `${margin}${' '.repeat(column(killedAt))}↓ worker killed`,
    ...rows,
  ].join('\n')
}

/** Seconds, where there is room. */
function rulerOf(durationMs: number, scale: number): string {
  let ruler = ''
  for (let second = 0; second * 1000 <= durationMs; second += 1) {
    const at = Math.floor((second * 1000) / scale)
    if (at === 0 || at > ruler.length) ruler = ruler.padEnd(at) + `${String(second)} s`
  }
  return ruler
}

/** Why handlers ran again. */
function remarkOf(runs: readonly Run[]): string {
  return runs
    .flatMap((run, index) => {
      const again = runs.slice(index + 1).find(({ step }) => step === run.step)
      if (again === undefined) return []
      const why = run.returnedAt === undefined ? 'was lost with' : 'was done, but not yet reported, by'
      const how = again.hasRepeated ? 'found it done' : 'did it'
      return [`${run.step} ${why} ${run.worker}; ${again.worker} ${how}`]
    })
    .join('; ')
}
