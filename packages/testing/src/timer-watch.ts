import { createHook } from 'node:async_hooks'

interface Timer {
  /** Whether it keeps the program alive. */
  hasRef(): boolean
  /** It has ended or been cleared; Node.js tells nowhere else. */
  readonly _destroyed?: boolean
}

/** So many timers are kept, at least, before those are forgotten that have ended. */
const MIN_TIMERS = 1000

/** Tells which timers keep the program alive that were started since it was made. */
export class TimerWatch implements Disposable {
  /** Where each was started. */
  readonly #timers = new Map<Timer, string>()
  #limit = MIN_TIMERS
  #isPaused = false
  readonly #hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (type === 'Timeout' && !this.#isPaused) this.#track(resource as Timer)
    },
  }).enable()

  /** Where they were started. */
  get origins(): string[] {
    this.#forgetEnded()
    return [...this.#timers].flatMap(([timer, origin]) => (timer.hasRef() ? [origin] : []))
  }

  /** Does something whose timers do not count. */
  ignore<Result>(start: () => Result): Result {
    this.#isPaused = true
    try {
      return start()
    } finally {
      this.#isPaused = false
    }
  }

  [Symbol.dispose](): void {
    this.#hook.disable()
    this.#timers.clear()
  }

  #track(timer: Timer): void {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 20
    const [, ...frames] = String(new Error().stack).split('\n    at ')
    Error.stackTraceLimit = stackTraceLimit
    const origin = frames.find(
      (frame) => /:\d+\)?$/.test(frame) && !/\(?node:/.test(frame) && !frame.includes('timer-watch.'),
    )
    // Those of Node.js itself, and the time limits of Vitest, are no business of the test.
    if (origin === undefined || /node_modules\/(@?vitest)\//.test(origin)) return
    this.#timers.set(timer, origin)
    if (this.#timers.size > this.#limit) this.#forgetEnded()
  }

  #forgetEnded(): void {
    for (const timer of this.#timers.keys()) if (timer._destroyed === true) this.#timers.delete(timer)
    this.#limit = Math.max(MIN_TIMERS, this.#timers.size * 2)
  }
}
