import { HandlerError, type TaskDroppedError } from './errors.js'
import { showThrown, stackOf } from './thrown.js'

/** Reports a failure that nobody else takes as a process warning, naming event and handler. */
export function warnOfFailure(event: string, handler: string, thrown: unknown): void {
  const failure = new HandlerError(event, handler, thrown)
  process.emitWarning(failure.message, {
    type: 'EventlaneWarning',
    code: failure.code,
    detail: stackOf(thrown),
  })
}

/** Warns of tasks that were dropped since the last such warning; `last` is the latest. */
export function warnOfDrops(count: number, last: TaskDroppedError): void {
  process.emitWarning(
    count === 1 ? last.message : `${String(count)} tasks were dropped; the last: ${last.message}`,
    {
      type: 'EventlaneWarning',
      code: last.code,
    },
  )
}

/** Warns that a shutdown on a signal has failed; the program ends all the same. */
export function warnOfFailedClose(signal: string, error: unknown): void {
  process.emitWarning(
    `an emitter could not be shut down: ${showThrown(error)}\n` +
      `  where: closeOnSignals(), on ${signal}\n` +
      '  remedy: mend what the error tells of; the program exits all the same, and tasks without an outcome are lost',
    { type: 'EventlaneWarning', code: 'ERR_CLOSE_FAILED', detail: stackOf(error) },
  )
}

/** Makes an error an `uncaughtException`, out of the way of whoever calls. */
export function throwUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}
