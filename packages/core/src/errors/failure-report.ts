import { HandlerError, type TaskDroppedError } from './errors.js'
import type { ExecutionMode } from '../executor/executor.js'
import { emitProcessWarning } from './process-warning.js'
import { showThrown, stackOf } from './thrown.js'

const EMITTER_LOST = 'ERR_EMITTER_LOST'

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

/** Warns that a linker's hook has thrown; the link is made, or has ended, all the same. */
export function warnOfHook(hook: string, event: string, handler: string, error: unknown): void {
  emitProcessWarning(
    {
      code: 'ERR_LINKER_HOOK',
      what: `the linker's ${hook} threw ${showThrown(error)}`,
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: `mend ${hook}; the link itself is as it should be`,
    },
    stackOf(error),
  )
}

/** Warns that a shutdown on a signal has failed; the program ends all the same. */
export function warnOfFailedClose(signal: string, error: unknown): void {
  emitProcessWarning(
    {
      code: 'ERR_CLOSE_FAILED',
      what: `an emitter could not be shut down: ${showThrown(error)}`,
      where: `closeOnSignals(), on ${signal}`,
      remedy:
        'mend what the error tells of; the program exits all the same, and tasks without an outcome are lost',
    },
    stackOf(error),
  )
}

/**
 * Warns of tasks in flight whose emitter was garbage-collected.
 *
 * @param tasks how many, for each event
 */
export function warnOfLostEmitter(tasks: ReadonlyMap<string, number>, mode: ExecutionMode): void {
  const events = [...tasks].map(
    ([event, count]) => `${tasksInWords(count)} of event ${JSON.stringify(event)}`,
  )
  const total = [...tasks.values()].reduce((sum, count) => sum + count, 0)
  emitProcessWarning({
    code: EMITTER_LOST,
    what: `an emitter was garbage-collected with ${tasksInWords(total)} in flight: the work goes on, but nobody awaits it, and nobody can drain it any more`,
    where: `${events.join(', ')}; executor mode ${mode}`,
    remedy:
      'make it with `await using events = new EventEmitter(…)`, or await events.shutdown() before its scope ends',
  })
}

/** Warns of tasks that were garbage-collected with their emitter and their executor: they will never have an outcome. */
export function warnOfHopelessTasks(count: number, lastEvent: string, mode: ExecutionMode): void {
  emitProcessWarning({
    code: EMITTER_LOST,
    what: `an emitter was garbage-collected with ${tasksInWords(count)} in flight that will never end: nothing is left that could settle what their handlers await`,
    where: `the latest event was ${JSON.stringify(lastEvent)}; executor mode ${mode}`,
    remedy:
      'see that what handlers await settles, or link them with timeoutMs; and make the emitter with `await using events = new EventEmitter(…)`',
  })
}

function tasksInWords(count: number): string {
  return count === 1 ? '1 task' : `${String(count)} tasks`
}

/** Calls a callback that nobody waits for; it may well be an async function, whose failure is one all the same. */
export function callAside(callback: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = callback()
    if (returned instanceof Promise) returned.catch(failed)
  } catch (error) {
    failed(error)
  }
}

/** Makes an error an `uncaughtException`, out of the way of whoever calls. */
export function throwUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error
  })
}
