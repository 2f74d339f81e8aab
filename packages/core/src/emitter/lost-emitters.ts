import type { EmissionLedger, LedgerTotals } from './emission-ledger.js'
import type { ExecutionMode } from '../executor/executor.js'
import { warnOfHopelessTasks, warnOfLostEmitter } from '../errors/failure-report.js'

/** What there is to say of an emitter when it is gone. */
interface Remains {
  /**
   * Tasks in flight keep it alive. Not held here: from a ledger, tasks, links and their handlers may lead to the emitter.
   */
  readonly ledger: WeakRef<EmissionLedger>
  readonly totals: LedgerTotals
  readonly mode: ExecutionMode
}

const emitters = new FinalizationRegistry<Remains>(({ ledger, totals, mode }) => {
  const left = ledger.deref()
  if (left !== undefined) {
    const unattended = left.unattended()
    if (unattended.size > 0) warnOfLostEmitter(unattended, mode)
  } else if (totals.unsettled > 0) {
    // Collected with its tasks: nothing is left that could give them an outcome.
    warnOfHopelessTasks(totals.unsettled, totals.lastEvent, mode)
  }
})

/**
 * Warns, when an emitter is garbage-collected, of its work in flight that nobody waits for. It costs nothing until then, and
 * keeps neither the emitter nor the program alive.
 *
 * @param emitter must not be reachable from the tasks of its ledger
 */
export function warnWhenLost(emitter: object, ledger: EmissionLedger, mode: ExecutionMode): void {
  emitters.register(emitter, { ledger: new WeakRef(ledger), totals: ledger.totals, mode })
}
