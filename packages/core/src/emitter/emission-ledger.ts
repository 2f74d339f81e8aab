import { Chain, type Chained } from '../executor/chain.js'
import { DrainTimeoutError } from '../errors/errors.js'
import type { Emission } from './emission.js'
import type { TaskResult } from '../executor/executor.js'
import type { OutcomeCounts } from '../executor/outcome.js'
import { TaskCounts } from '../executor/task-counts.js'

/** How the tasks of an emitter ended, in numbers: nothing here leads to a task. */
export class LedgerTotals {
  readonly ended = new TaskCounts()
  /** How many tasks there have been. */
  total = 0
  /** The event of the latest emission. */
  lastEvent = ''

  /** How many tasks have no outcome. */
  get unsettled(): number {
    return this.total - this.ended.read().total
  }
}

/** An emission that has not settled, in its ledger. */
export class LedgerEntry implements Chained<LedgerEntry> {
  readonly emission: Emission
  previous: LedgerEntry | undefined
  next: LedgerEntry | undefined

  constructor(emission: Emission) {
    this.emission = emission
  }
}

/** The emissions of an emitter that have not settled, how its tasks ended, and whoever waits for the last of them. */
export class EmissionLedger {
  readonly totals = new LedgerTotals()
  readonly #unsettled = new Chain<LedgerEntry>()
  readonly #waiters: (() => void)[] = []

  /** The emissions that have not settled. */
  get unsettled(): Iterable<LedgerEntry> {
    return this.#unsettled
  }

  isUnsettled(emissionId: string): boolean {
    return [...this.#unsettled].some(({ emission }) => emission.id === emissionId)
  }

  /** How the tasks ended so far. */
  get counts(): OutcomeCounts {
    const { ended, total } = this.totals
    return { ...ended.read(), total }
  }

  enter(emission: Emission, tasks: number): void {
    emission.entry = new LedgerEntry(emission)
    this.#unsettled.add(emission.entry)
    this.totals.total += tasks
    this.totals.lastEvent = emission.event
  }

  taskSettled({ status }: TaskResult): void {
    this.totals.ended.ended(status)
  }

  settled(emission: Emission): void {
    if (emission.entry === undefined) return
    this.#unsettled.remove(emission.entry)
    emission.entry = undefined
    if (this.#unsettled.isEmpty) for (const resolve of this.#waiters.splice(0)) resolve()
  }

  /** How many tasks of each event have no outcome; none while somebody waits for one of their emissions. */
  unattended(): ReadonlyMap<string, number> {
    const tasks = new Map<string, number>()
    for (const { emission } of this.#unsettled) {
      const { event, isObserved, emissionTasks } = emission
      if (isObserved) return new Map()
      const { length } = emissionTasks.filter((task) => !task.isSettled)
      tasks.set(event, (tasks.get(event) ?? 0) + length)
    }
    return tasks
  }

  /**
   * Resolves when every emission has settled, those included that are made meanwhile, with the counts of that moment.
   *
   * @throws DrainTimeoutError after `timeoutMs`
   */
  async allSettled(timeoutMs: number | undefined): Promise<OutcomeCounts> {
    if (this.#unsettled.isEmpty) return this.counts
    return await new Promise((resolve, reject) => {
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              reject(new DrainTimeoutError(timeoutMs, this.totals.unsettled))
            }, timeoutMs)
      this.#waiters.push(() => {
        clearTimeout(timer)
        resolve(this.counts)
      })
    })
  }
}
