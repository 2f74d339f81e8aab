import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

/** How much later than asked for the event loop came round, in milliseconds. */
export interface LoopDelay {
  readonly p50Ms: number
  readonly p99Ms: number
}

const IDLE_MS = 500
const NS_PER_MS = 1e6

/** Watches the event loop from its making to {@link stop}. */
export class LoopDelayMonitor {
  readonly #histogram: IntervalHistogram
  readonly #idleMs: number

  /** @param idleMs what an idle loop shows, from {@link measureIdleLoop}; subtracted from all results */
  constructor(idleMs: number) {
    this.#idleMs = idleMs
    this.#histogram = monitorEventLoopDelay({ resolution: 1 })
    this.#histogram.enable()
  }

  /** Takes one more sample first, so that whatever held the loop last is counted too. */
  async stop(): Promise<LoopDelay> {
    await sleep(2)
    this.#histogram.disable()
    return { p50Ms: this.#percentile(50), p99Ms: this.#percentile(99) }
  }

  #percentile(percentile: number): number {
    return Math.max(0, this.#histogram.percentile(percentile) / NS_PER_MS - this.#idleMs)
  }
}

/** What the monitor shows while nothing happens: the median time between two of its samples, about 1 ms. */
export async function measureIdleLoop(): Promise<number> {
  const monitor = new LoopDelayMonitor(0)
  await sleep(IDLE_MS)
  return (await monitor.stop()).p50Ms
}
