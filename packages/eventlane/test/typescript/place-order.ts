import { EventEmitter, EventLinker, type Executor, type Handler } from 'eventlane'
import { OrderPlaced, Priority } from './events.js'
import { Receipts, score, whereabouts } from './handlers.js'

/** Emits one order on an executor; gives what each handler came to, in a form that JSON can hold. */
export async function placeOrder(executor: Executor): Promise<Record<string, unknown>> {
  const linker = EventLinker.default
  linker.on(OrderPlaced, score)
  linker.on(OrderPlaced, whereabouts)
  await using events = new EventEmitter({ executor })
  await events.ready()
  const report = await events.emit(OrderPlaced, {
    id: 'o-1',
    total: 21n,
    placedAt: new Date(0),
    priority: Priority.Express,
  }).settled

  const outcomeOf = (handler: Handler): unknown => {
    const outcome = report.of(handler)
    if (outcome?.status !== 'fulfilled') return outcome ? String(report.error) : 'not run'
    return typeof outcome.value === 'bigint' ? `${outcome.value}n` : outcome.value
  }
  return {
    tasks: report.total,
    receipt: outcomeOf(Receipts.send),
    filed: outcomeOf(Receipts.file),
    score: outcomeOf(score),
    whereabouts: outcomeOf(whereabouts),
  }
}
