import { performance } from 'node:perf_hooks'

/** Says when a handler blocks the event loop of a worker for so long that its locks are in danger. */
export class LagWatch {
  readonly #timer: NodeJS.Timeout
  #lookedAt = performance.now()

  /**
   * @param lockMs how long locks last, in milliseconds
   * @param report told of it
   */
  constructor(lockMs: number, report: (error: Error) => void) {
    const limitMs = lockMs / 4
    const intervalMs = Math.min(limitMs / 2, 500)
    const look = (): void => {
      const now = performance.now()
      const lagMs = now - this.#lookedAt - intervalMs
      this.#lookedAt = now
      if (lagMs > limitMs) report(lagError(lagMs, lockMs))
    }
    this.#timer = setInterval(look, intervalMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

function lagError(lagMs: number, lockMs: number): Error {
  return new Error(
    `a handler blocked the event loop of this worker for ${lagMs.toFixed(0)} ms, and its locks last ${String(lockMs)} ms: tasks may run twice. Run handlers in threads: { executor: 'thread' }`,
  )
}
