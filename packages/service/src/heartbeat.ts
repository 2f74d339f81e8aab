import { performance } from 'node:perf_hooks'
import type { HeartbeatOptions } from './service-options.js'

/** Sees whether an event loop elsewhere turns. */
export class Heartbeat {
  readonly #options: Required<HeartbeatOptions>
  readonly #timer: NodeJS.Timeout
  readonly #ping: () => void
  readonly #onMissed: () => void
  #heardAt = performance.now()
  #beatAt = performance.now()

  constructor(options: Required<HeartbeatOptions>, ping: () => void, onMissed: () => void) {
    this.#options = options
    this.#ping = ping
    this.#onMissed = onMissed
    this.#timer = setInterval(() => {
      this.#beat()
    }, options.intervalMs).unref()
  }

  /** There was a sign of life. */
  heard(): void {
    this.#heardAt = performance.now()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #beat(): void {
    const { intervalMs, timeoutMs } = this.#options
    const now = performance.now()
    // While this loop itself was blocked nothing could be heard.
    if (now - this.#beatAt > intervalMs + timeoutMs / 2) this.#heardAt = now
    this.#beatAt = now
    if (now - this.#heardAt < timeoutMs) {
      this.#ping()
      return
    }
    this.stop()
    this.#onMissed()
  }
}
