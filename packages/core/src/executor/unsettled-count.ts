let holders = 0
let timer: NodeJS.Timeout | undefined

/** Keeps the program alive, also where handlers wait for nothing that does (a timer that is unref'd, for one). */
function holdProgram(): void {
  holders += 1
  if (holders > 1) return
  timer ??= setInterval(() => undefined, 2 ** 31 - 1)
  timer.ref()
}

function releaseProgram(): void {
  holders -= 1
  if (holders === 0) timer?.unref()
}

/** How many tasks of an executor have no outcome yet, and whoever waits for that to end. They keep the program alive. */
export class UnsettledCount {
  #count = 0
  readonly #waiters: (() => void)[] = []

  /** How many tasks are unsettled. */
  get size(): number {
    return this.#count
  }

  /** Counts a task that an executor has taken. */
  increment(): void {
    if (this.#count === 0) holdProgram()
    this.#count += 1
  }

  /** Counts a task that has an outcome. */
  decrement(): void {
    this.#count -= 1
    if (this.#count > 0) return
    releaseProgram()
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  /** Resolves when there are none. */
  async none(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve))
  }
}
