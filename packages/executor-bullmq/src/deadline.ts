/** A time after which what is waited for is given up: it is itself the reason. */
export class Deadline {
  /** Whether the time is over, or nobody waits any more. */
  isOver = false
  /** What has failed by now. */
  cause: unknown
  readonly #timer: NodeJS.Timeout
  #expire: (reason: Deadline) => void = () => undefined
  readonly #expired = new Promise<never>((_resolve, reject) => {
    this.#expire = reject
  })

  constructor(timeoutMs: number) {
    this.#expired.catch(() => undefined)
    this.#timer = setTimeout(() => {
      this.isOver = true
      this.#expire(this)
    }, timeoutMs)
  }

  /** What a promise gives, or the deadline as the reason. */
  async race<Value>(promise: Promise<Value>): Promise<Value> {
    promise.catch(() => undefined)
    return await Promise.race([promise, this.#expired])
  }

  /** Nobody waits any more. */
  clear(): void {
    this.isOver = true
    clearTimeout(this.#timer)
  }
}
