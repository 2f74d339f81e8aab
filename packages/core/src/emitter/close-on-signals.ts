import { constants } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { InvalidOptionError } from '../errors/errors.js'
import { warnOfFailedClose } from '../errors/failure-report.js'
import { checkOptions, isPositiveMs } from '../options.js'
import { realmKind } from '../handler/realm.js'
import { sharedState } from '../shared-state.js'
import { showValue } from '../errors/thrown.js'

/** What {@link closeOnSignals} can close: an emitter, a worker of `@eventlane/executor-bullmq`, or what else has these methods. */
export interface Closable {
  /** Waits for what is under way, for `timeoutMs` milliseconds at most, then closes. */
  shutdown(options: { readonly timeoutMs?: number }): Promise<unknown>
  /** Ends what is under way, and closes. */
  terminate(): Promise<unknown>
}

/** Options of {@link closeOnSignals}. */
export interface CloseOnSignalsOptions {
  /** After this time, in milliseconds, workers are ended and what is left is cancelled. Default: no limit. */
  readonly timeoutMs?: number
}

const OPTIONS = { timeoutMs: isPositiveMs }

/** The listeners whose emitter has been told to close and is not closed yet; the last of them ends the program. */
const closing = sharedState('closing-on-signals', () => new Set<(signal: NodeJS.Signals) => void>())

/**
 * Shuts an emitter down when the program is told to end: the first of the signals starts `emitter.shutdown({ timeoutMs })`, and
 * when that is over the program exits with the signal's conventional code, 128 + its number (143 for `SIGTERM`, 130 for
 * `SIGINT`). A second signal terminates the emitter and exits at once. With several emitters, each in a call of its own, the
 * program exits when the last one is closed. A shutdown that fails is a process warning, and the program exits all the same.
 *
 * In a worker of a pool, which may import the module of this call along with a handler, it does nothing: when to stop is the
 * program's decision.
 *
 * @param emitter whose work is to end in peace
 * @param signals which signals; default: `SIGTERM` and `SIGINT`
 * @param options see {@link CloseOnSignalsOptions}
 * @returns the undo: disposed before one of them has come, the signals do again what they did before
 * @throws InvalidOptionError when a signal has no such name, or cannot be listened to, or an option is wrong
 * @example
 * ```ts
 * import { closeOnSignals, type EventEmitter } from '@eventlane/core'
 *
 * declare const events: EventEmitter
 * closeOnSignals(events, ['SIGTERM', 'SIGINT'], { timeoutMs: 10_000 })
 * ```
 */
export function closeOnSignals(
  emitter: Closable,
  signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'],
  options: CloseOnSignalsOptions = {},
): Disposable {
  checkOptions(options, OPTIONS, () => 'closeOnSignals()')
  checkSignals(signals)
  const listened = realmKind() === 'main' ? new Set(signals) : []
  const onSignal = (signal: NodeJS.Signals): void => {
    const exitCode = 128 + constants.signals[signal]
    if (closing.has(onSignal)) {
      emitter.terminate().catch(() => undefined)
      process.exit(exitCode)
    }
    closing.add(onSignal)
    void close(emitter, signal, options).then(() => {
      closing.delete(onSignal)
      if (closing.size === 0) process.exit(exitCode)
    })
  }
  for (const signal of listened) process.on(signal, onSignal)
  return {
    [Symbol.dispose]: () => {
      for (const signal of listened) process.off(signal, onSignal)
    },
  }
}

async function close(emitter: Closable, signal: string, options: CloseOnSignalsOptions): Promise<void> {
  try {
    await emitter.shutdown(options)
  } catch (error) {
    warnOfFailedClose(signal, error)
    // Warnings are printed in a later tick, and the program is about to exit.
    await setImmediate()
  }
}

function checkSignals(signals: unknown): void {
  const isSignal = (signal: unknown): boolean =>
    typeof signal === 'string' &&
    Object.hasOwn(constants.signals, signal) &&
    signal !== 'SIGKILL' &&
    signal !== 'SIGSTOP'
  if (Array.isArray(signals) && signals.length > 0 && signals.every(isSignal)) return
  throw new InvalidOptionError(
    `signals must be names of signals that a program can listen to, not ${showValue(signals)}`,
    'closeOnSignals()',
    "write closeOnSignals(emitter, ['SIGTERM', 'SIGINT'])",
  )
}
