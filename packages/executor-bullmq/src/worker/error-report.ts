/** Tells of errors that belong to nobody, each once in a while: a Redis that is away gives the same one many times a second. */
export class ErrorReport {
  readonly #tell: (error: Error) => void
  readonly #toldAt = new Map<string, number>()

  constructor(tell: ((error: Error) => void) | undefined) {
    this.#tell =
      tell ??
      ((error) => {
        process.emitWarning(`a worker of eventlane: ${error.message}`, 'EventlaneWarning')
      })
  }

  readonly report = (error: Error): void => {
    const now = Date.now()
    const toldAt = this.#toldAt.get(error.message)
    if (toldAt !== undefined && now - toldAt < INTERVAL_MS) return
    if (this.#toldAt.size >= MAX_KNOWN) this.#toldAt.clear()
    this.#toldAt.set(error.message, now)
    this.#tell(error)
  }
}

const INTERVAL_MS = 10_000
const MAX_KNOWN = 100
