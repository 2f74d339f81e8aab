import { performance } from 'node:perf_hooks'

/** Calls back when something has been idle for a time. Becoming busy costs nothing, and becoming idle again next to nothing. */
export class IdleTimer {
  readonly #idleMs: number
  readonly #isIdle: () => boolean
  readonly #onIdle: () => void
  #since = 0
  #timer: NodeJS.Timeout | undefined

  constructor(idleMs: number, isIdle: () => boolean, onIdle: () => void) {
    this.#idleMs = idleMs
    this.#isIdle = isIdle
    this.#onIdle = onIdle
  }

  /** It is idle from now on. */
  start(): void {
    this.#since = performance.now()
    this.#timer ??= this.#wait(this.#idleMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #wait(timeMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined
      if (!this.#isIdle()) return
      const left = this.#since + this.#idleMs - performance.now()
      if (left > 0) this.#timer = this.#wait(left)
      else this.#onIdle()
    }, timeMs)
  }
}
