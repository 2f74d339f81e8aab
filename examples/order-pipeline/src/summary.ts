import { STEPS, type LedgerEntry, type Step } from './ledger-entry.js'

/** A handler's run for one order. */
export interface Run {
  readonly step: Step
  readonly order: string
  readonly worker: string
  readonly startedAt: number
  /** `undefined` where its worker was killed before. */
  readonly returnedAt: number | undefined
  /** Whether it found its work done already. */
  readonly hasRepeated: boolean
}

/** What the ledger adds up to. */
export interface Summary {
  readonly orders: number
  /** Orders each of whose steps was booked. */
  readonly completed: number
  /** Those of them each of whose steps was booked exactly once. */
  readonly completedOnce: number
  readonly bookings: number
  /** Steps of an order that were booked more than once. */
  readonly bookedTwice: number
  /** How often a handler was started. */
  readonly runs: number
  /** Runs that a killed worker did not finish. */
  readonly runsLost: number
  /** Runs of a step which had run before for that order: a queue delivers at least once. */
  readonly runsRepeated: number
  /** Of these, how many found the work done already, and did nothing. */
  readonly foundDone: number
}

/** The runs of handlers, in the order of their start. */
export function runsOf(entries: readonly LedgerEntry[]): Run[] {
  const runs: Run[] = []
  const current = new Map<string, number>()
  for (const { at, worker, step, order, what } of entries) {
    const key = `${worker} ${step} ${order}`
    const index = current.get(key) ?? -1
    const run = runs[index]
    if (what === 'started') {
      current.set(key, runs.length)
      runs.push({ step, order, worker, startedAt: at, returnedAt: undefined, hasRepeated: false })
    } else if (run && what === 'returned') runs[index] = { ...run, returnedAt: at }
    else if (run && what === 'repeated') runs[index] = { ...run, hasRepeated: true }
  }
  return runs
}

/**
 * Adds the ledger up.
 *
 * @param orders the ids of all that were placed
 */
export function summarize(orders: readonly string[], entries: readonly LedgerEntry[]): Summary {
  const runs = runsOf(entries)
  const booked = new Map<string, number>()
  for (const { what, step, order } of entries)
    if (what === 'booked') booked.set(`${step} ${order}`, (booked.get(`${step} ${order}`) ?? 0) + 1)
  const timesOf = (order: string): number[] => STEPS.map((step) => booked.get(`${step} ${order}`) ?? 0)
  const counts = [...booked.values()]
  return {
    orders: orders.length,
    completed: orders.filter((order) => timesOf(order).every((times) => times > 0)).length,
    completedOnce: orders.filter((order) => timesOf(order).every((times) => times === 1)).length,
    bookings: counts.reduce((sum, count) => sum + count, 0),
    bookedTwice: counts.filter((count) => count > 1).length,
    runs: runs.length,
    runsLost: runs.filter(({ returnedAt }) => returnedAt === undefined).length,
    runsRepeated: runs.length - new Set(runs.map(({ step, order }) => `${step} ${order}`)).size,
    foundDone: runs.filter(({ hasRepeated }) => hasRepeated).length,
  }
}
