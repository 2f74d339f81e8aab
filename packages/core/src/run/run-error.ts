import { NoResultError } from '../errors/errors.js'
import { outcomeError, type Outcome } from '../executor/outcome.js'

/** What is thrown at who awaits the result of a direct run: what the handler threw, or how it ended instead. */
export function runError(outcome: Exclude<Outcome, { status: 'fulfilled' }>, event: string): unknown {
  if (outcome.status === 'rejected') return outcome.error
  return outcome.status === 'handed-over'
    ? new NoResultError(event, outcome.handler)
    : outcomeError(event, outcome)
}
