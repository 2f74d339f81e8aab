export const STEPS = ['payment', 'receipt', 'shipping'] as const

export type Step = (typeof STEPS)[number]

/** One line of the ledger. */
export interface LedgerEntry {
  /** In milliseconds since 1970, by the clock of Redis. */
  readonly at: number
  readonly worker: string
  readonly step: Step
  readonly order: string
  /**
   * `started` and `returned`: a handler. `booked`: its work was done, for the first time. `repeated`: it would have been done
   * again, had the ledger not known.
   */
  readonly what: 'started' | 'booked' | 'repeated' | 'returned'
}
