import type { HandlerAddress, WorkerLostError } from '@eventlane/core'

/** The answer to a lookup: the error of each address that cannot be found, by its key. */
export type PrepareFailures = ReadonlyMap<string, unknown>

/** The worker ended while it looked for handlers, or before it could. */
export class LookupLostError extends Error {
  /** @param isBlameless whether something else, such as a handler that ran there, may have ended the worker */
  constructor(
    override readonly cause: WorkerLostError,
    readonly isBlameless: boolean,
  ) {
    super(cause.message)
  }
}

interface Lookup {
  readonly addresses: readonly HandlerAddress[]
  readonly resolve: (failures: PrepareFailures) => void
  readonly reject: (error: LookupLostError) => void
}

/** What lookups need of their lane. */
export interface LookupLane {
  ask(request: number, addresses: readonly HandlerAddress[]): void
  /** The worker has not answered in time. */
  isLate(addresses: readonly HandlerAddress[]): void
}

/** What a lane's worker has been asked to import, and what waits until the worker is free. */
export class LaneLookups {
  readonly #lane: LookupLane
  readonly #timeoutMs: number
  readonly #waiting: Lookup[] = []
  readonly #asked = new Map<number, Lookup & { readonly timer: NodeJS.Timeout }>()
  readonly #modules = new Set<string>()
  #requests = 0

  constructor(lane: LookupLane, timeoutMs: number) {
    this.#lane = lane
    this.#timeoutMs = timeoutMs
  }

  /** Whether the worker has been asked and has not answered. */
  get isUnderWay(): boolean {
    return this.#asked.size > 0
  }

  /** Whether the worker has been asked to import a module. */
  hasAsked(module: string): boolean {
    return this.#modules.has(module)
  }

  /**
   * Looks handlers up.
   *
   * @param isFree whether the worker is free to do it now
   * @throws LookupLostError, in the promise, when the worker ends before it has answered
   */
  find(addresses: readonly HandlerAddress[], isFree: boolean): Promise<PrepareFailures> {
    return new Promise((resolve, reject) => {
      const lookup = { addresses, resolve, reject }
      if (isFree) this.#ask(lookup)
      else this.#waiting.push(lookup)
    })
  }

  /** The worker has become free. */
  askNext(): void {
    const lookup = this.#waiting.shift()
    if (lookup) this.#ask(lookup)
  }

  answer(request: number, failures: PrepareFailures): void {
    const lookup = this.#asked.get(request)
    if (lookup === undefined) return
    this.#asked.delete(request)
    clearTimeout(lookup.timer)
    lookup.resolve(failures)
  }

  /** The worker has ended. */
  lose(error: WorkerLostError, isBlameless: boolean): void {
    for (const { timer, reject } of this.#asked.values()) {
      clearTimeout(timer)
      reject(new LookupLostError(error, isBlameless))
    }
    this.#asked.clear()
    for (const { reject } of this.#waiting.splice(0)) reject(new LookupLostError(error, true))
  }

  #ask(lookup: Lookup): void {
    const { addresses } = lookup
    const request = (this.#requests += 1)
    const timer = setTimeout(() => {
      this.#lane.isLate(addresses)
    }, this.#timeoutMs)
    this.#asked.set(request, { ...lookup, timer })
    for (const { module } of addresses) this.#modules.add(module)
    this.#lane.ask(request, addresses)
  }
}
