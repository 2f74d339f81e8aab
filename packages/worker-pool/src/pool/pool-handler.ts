import type { HandlerAddress } from '@eventlane/core'
import { addressKey } from '@eventlane/core/executor'

/** A handler that has not been measured counts as long, in milliseconds: nothing waits behind it. */
const UNMEASURED_MS = 60_000

/** A handler as a pool knows it. */
export class PoolHandler {
  readonly address: HandlerAddress
  readonly key: string
  /** Whether a worker of the pool has found it. */
  isFound = false
  #measuredMs: number | undefined

  constructor(address: HandlerAddress, key: string) {
    this.address = address
    this.key = key
  }

  /** Whether it has run. */
  get isMeasured(): boolean {
    return this.#measuredMs !== undefined
  }

  /** How long its next run may take, in milliseconds. */
  get estimateMs(): number {
    return this.#measuredMs ?? UNMEASURED_MS
  }

  /** Follows slow runs at once and fast ones slowly. */
  ran(runMs: number): void {
    this.#measuredMs = Math.max(runMs, (this.#measuredMs ?? 0) * 0.8 + runMs * 0.2)
  }
}

/** The handlers of a pool's tasks. */
export class PoolHandlers {
  readonly #byKey = new Map<string, PoolHandler>()
  readonly #byAddress = new WeakMap<HandlerAddress, PoolHandler>()

  /** The handler at an address; the links of a handler have one address object, which is found fast. */
  at(address: HandlerAddress): PoolHandler {
    const known = this.#byAddress.get(address)
    if (known !== undefined) return known
    const key = addressKey(address)
    const handler = this.#byKey.get(key) ?? new PoolHandler(address, key)
    this.#byKey.set(key, handler)
    this.#byAddress.set(address, handler)
    return handler
  }
}
