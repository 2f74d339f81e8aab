import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Says when a handler blocks the event loop of a worker for so long that its locks are in danger. */
export class LagWatch {
  readonly #delay = monitorEventLoopDelay({ resolution: 20 })
  readonly #timer: NodeJS.Timeout

  /**
   * @param lockMs how long locks last, in milliseconds
   * @param report told of it
   */
  constructor(lockMs: number, report: (error: Error) => void) {
    const limitMs = lockMs / 4
    this.#delay.enable()
    const look = (): void => {
      const delayMs = this.#delay.max / 1e6
      this.#delay.reset()
      if (delayMs > limitMs) report(lagError(delayMs, lockMs))
    }
    this.#timer = setInterval(look, Math.min(limitMs, 1000)).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#delay.disable()
  }
}

function lagError(delayMs: number, lockMs: number): Error {
  return new Error(
    `a handler blocked the event loop of this worker for ${delayMs.toFixed(0)} ms, and its locks last ${String(lockMs)} ms: tasks may run twice. Run handlers in threads: { executor: 'thread' }`,
  )
}
