/** Before the second attempt, in milliseconds; doubled before each further one. */
const FIRST_DELAY_MS = 50
/** No delay is longer, in milliseconds. */
const MAX_DELAY_MS = 5000

/** How long to wait before trying again what has failed so often in a row: nothing that keeps failing is tried without a pause. */
export class StartBackoff {
  #failures = 0

  /** How many attempts have failed since the last that succeeded. */
  get failures(): number {
    return this.#failures
  }

  failed(): void {
    this.#failures += 1
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** From the last failure to the next attempt, in milliseconds. */
  get delayMs(): number {
    return this.#failures === 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1))
  }
}
