import { performance } from 'node:perf_hooks'

/** What the workers of a pool have been given, and for how long they were there. */
export class PoolTotals {
  workersStarted = 0
  bytesSent = 0
  bytesReceived = 0
  /** When the workers of now were started, by `performance.now()`. */
  readonly #startedAt = new Map<object, number>()
  #endedMs = 0

  workerStarted(worker: object): void {
    this.workersStarted += 1
    this.#startedAt.set(worker, performance.now())
  }

  workerEnded(worker: object): void {
    const startedAt = this.#startedAt.get(worker)
    if (startedAt === undefined) return
    this.#startedAt.delete(worker)
    this.#endedMs += performance.now() - startedAt
  }

  sent(text: string): void {
    this.bytesSent += Buffer.byteLength(text)
  }

  received(text: string): void {
    this.bytesReceived += Buffer.byteLength(text)
  }

  /** For how long workers have been there, in milliseconds, added up. */
  get workerMs(): number {
    const now = performance.now()
    return [...this.#startedAt.values()].reduce((sum, startedAt) => sum + now - startedAt, this.#endedMs)
  }
}
