/** A time after which what is waited for is given up: it is itself the reason. */
export class Deadline {
  readonly #timer: NodeJS.Timeout
  #expire: (reason: Deadline) => void = () => undefined
  readonly #expired = new Promise<never>((_resolve, reject) => {
    this.#expire = reject
  })

  constructor(timeoutMs: number) {
    this.#expired.catch(() => undefined)
    this.#timer = setTimeout(() => {
      this.#expire(this)
    }, timeoutMs)
  }

  async race<Value>(promise: Promise<Value>): Promise<Value> {
    promise.catch(() => undefined)
    return await Promise.race([promise, this.#expired])
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
