import { Redis } from 'ioredis'
import type { LedgerEntry, Step } from './ledger-entry.js'

/**
 * What the bank, the mail service and the carrier know. Booking looks for the order's id and books in one step, as your database
 * does by a unique key, or a payment service by its idempotency key.
 */
const BOOK = `
  local isNew = redis.call('HSETNX', KEYS[1], ARGV[2] .. ' ' .. ARGV[3], ARGV[1]) == 1
  redis.call('XADD', KEYS[2], '*', 'worker', ARGV[1], 'step', ARGV[2], 'order', ARGV[3],
    'what', isNew and 'booked' or 'repeated')`

/** What was done, for which order, by whom: kept in Redis, where all processes see it. */
export class Ledger implements AsyncDisposable {
  readonly #client: Redis
  readonly #entries: string
  readonly #bookings: string
  readonly #worker: string
  #last = '-'

  /** @param worker whose entries it makes */
  constructor(connection: string, prefix: string, worker: string) {
    this.#client = new Redis(connection)
    this.#entries = `${prefix}:ledger`
    this.#bookings = `${prefix}:bookings`
    this.#worker = worker
  }

  async note(step: Step, order: string, what: 'started' | 'returned'): Promise<void> {
    await this.#client.xadd(
      this.#entries,
      '*',
      ...['worker', this.#worker, 'step', step, 'order', order, 'what', what],
    )
  }

  /** Does the work of a step, unless it has been done for that order. */
  async book(step: Step, order: string): Promise<void> {
    await this.#client.eval(BOOK, 2, this.#bookings, this.#entries, this.#worker, step, order)
  }

  /** The entries since it was last asked. */
  async news(): Promise<LedgerEntry[]> {
    const found = await this.#client.xrange(this.#entries, this.#last, '+')
    const entries = found.map(([id, fields]) => entryOf(id, fields))
    const latest = found.at(-1)
    if (latest) this.#last = `(${latest[0]}`
    return entries
  }

  async remove(): Promise<void> {
    await this.#client.del(this.#entries, this.#bookings)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.quit()
  }
}

function entryOf(id: string, fields: readonly string[]): LedgerEntry {
  const pairs = new Map<string, string>()
  for (let at = 0; at < fields.length; at += 2) pairs.set(fields[at] ?? '', fields[at + 1] ?? '')
  return { at: Number.parseInt(id, 10), ...Object.fromEntries(pairs) } as LedgerEntry
}

let own: Ledger | undefined

/** The ledger of the worker that this process is. */
export function ledgerOfWorker(): Ledger {
  const { REDIS_URL = '', PREFIX = '', WORKER = '' } = process.env
  return (own ??= new Ledger(REDIS_URL, PREFIX, WORKER))
}
