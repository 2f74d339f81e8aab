import { HandlerError } from './errors.js'
import { stackOf } from './thrown.js'

/** Reports a failure that nobody else takes as a process warning, naming event and handler. */
export function warnOfFailure(event: string, handler: string, thrown: unknown): void {
  const failure = new HandlerError(event, handler, thrown)
  process.emitWarning(failure.message, {
    type: 'EventlaneWarning',
    code: failure.code,
    detail: stackOf(thrown),
  })
}

/** Makes an error an `uncaughtException`, out of the way of whoever calls. */
export function throwUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}
