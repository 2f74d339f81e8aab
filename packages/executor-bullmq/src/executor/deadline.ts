/** Makes deadlines that are all the same time away, so that one timer does for all. */
export class Deadlines {
  readonly #timeoutMs: number
  /** In the order of their ends. */
  readonly #pending = new Set<Deadline>()
  #isWatched = false

  /** @param timeoutMs how far away, in milliseconds */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** One that ends `timeoutMs` from now; it has to be cleared. */
  begin(): Deadline {
    const deadline = new Deadline(performance.now() + this.#timeoutMs, this.#pending)
    this.#pending.add(deadline)
    if (!this.#isWatched) this.#watch(this.#timeoutMs)
    return deadline
  }

  #watch(afterMs: number): void {
    this.#isWatched = true
    // Whoever waits has a connection, or one that is being made, and that keeps the program alive.
    setTimeout(() => {
      this.#isWatched = false
      this.#endThoseDue()
    }, afterMs).unref()
  }

  #endThoseDue(): void {
    const now = performance.now()
    for (const deadline of this.#pending) {
      if (deadline.endsAt > now) {
        this.#watch(Math.ceil(deadline.endsAt - now))
        return
      }
      deadline.end()
    }
  }
}

/** A time after which what is waited for is given up: it is itself the reason. */
export class Deadline {
  readonly endsAt: number
  readonly #pending: Set<Deadline>
  /** Whether the time is over, or nobody waits any more. */
  isOver = false
  /** What has failed by now. */
  cause: unknown
  #reject: ((reason: Deadline) => void) | undefined

  constructor(endsAt: number, pending: Set<Deadline>) {
    this.endsAt = endsAt
    this.#pending = pending
  }

  /** Settles as the promise does, or rejects with this deadline when it comes first; one promise at a time. */
  race<Value>(promise: Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#reject = reject
      promise.then(resolve, reject)
      if (this.isOver) this.end()
    })
  }

  end(): void {
    this.isOver = true
    this.#pending.delete(this)
    this.#reject?.(this)
  }

  clear(): void {
    this.isOver = true
    this.#pending.delete(this)
    // Old tables of the set may keep this alive for a while, but not what was waited for.
    this.#reject = undefined
  }
}
