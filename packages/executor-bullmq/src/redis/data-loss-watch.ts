import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { DataLossError } from '../errors.js'

/**
 * Notices that Redis has come back without its data: a mark that was there is gone, or is another one. What a Redis has lost that
 * comes back with a part of its data is not noticed.
 */
export class DataLossWatch {
  readonly #client: Redis
  readonly #key: string
  readonly #report: (error: DataLossError) => void
  #mark: string | undefined

  /** @param report told of it, once for each loss */
  constructor(client: Redis, prefix: string, report: (error: DataLossError) => void) {
    this.#client = client
    this.#key = `${prefix}:eventlane:mark`
    this.#report = report
  }

  /** Leaves its mark, and looks for it whenever the client has connected again. */
  async start(): Promise<void> {
    await this.#look()
    this.#client.on('ready', () => {
      // Where the connection is lost again, it looks when there is one again.
      this.#look().catch(() => undefined)
    })
  }

  async #look(): Promise<void> {
    await this.#client.set(this.#key, randomUUID(), 'NX')
    const mark = (await this.#client.get(this.#key)) ?? undefined
    const isLost = this.#mark !== undefined && mark !== this.#mark
    this.#mark = mark
    if (isLost) this.#report(new DataLossError(this.#key))
  }
}
