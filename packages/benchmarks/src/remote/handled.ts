/** What handlers were given since the last wave began, and a way to wait for all of it. */
class Handled {
  #sum = 0
  #awaited = 0
  #done: () => void = () => undefined

  /** Begins a wave. */
  wave(jobs: number): Promise<void> {
    this.#sum = 0
    this.#awaited = jobs
    return new Promise((resolve) => (this.#done = resolve))
  }

  /** Called by a handler. */
  add(total: number): void {
    this.#sum += total
    this.#awaited -= 1
    if (this.#awaited === 0) this.#done()
  }

  get sum(): number {
    return this.#sum
  }
}

/** That of this process. */
export const handled = new Handled()
