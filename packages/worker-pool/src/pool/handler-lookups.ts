import { performance } from 'node:perf_hooks'
import { HandlerNotPortableError, type HandlerAddress } from '@eventlane/core'
import { addressKey } from '@eventlane/core/executor'
import { LookupLostError, type PrepareFailures } from '../lane/lane-lookups.js'
import { StartBackoff } from './start-backoff.js'

/** Has a worker that is free look handlers of one module up. */
export type LookUp = (addresses: readonly HandlerAddress[]) => Promise<PrepareFailures>

/** A module that brings down the worker that imports it. */
interface DeadlyModule {
  readonly backoff: StartBackoff
  failures: PrepareFailures
  retryAt: number
}

/** Which handlers a pool's workers have found. */
export class HandlerLookups {
  readonly #lookUp: LookUp
  readonly #isClosed: () => boolean
  /** Handlers that a worker has found, or is looking for; the promise gives the errors of those it did not. */
  readonly #handlers = new Map<string, 'found' | Promise<PrepareFailures>>()
  readonly #deadly = new Map<string, DeadlyModule>()

  constructor(lookUp: LookUp, isClosed: () => boolean) {
    this.#lookUp = lookUp
    this.#isClosed = isClosed
  }

  isFound(key: string): boolean {
    return this.#handlers.get(key) === 'found'
  }

  /** Finds handlers by whatever lookup, module by module, so that each answers for itself; throws the first failure. */
  async ensure(addresses: readonly HandlerAddress[], lookUp: LookUp): Promise<void> {
    for (const group of byModule(addresses)) {
      const failures = await this.#retried(group, lookUp)
      for (const address of group) {
        const key = addressKey(address)
        if (failures.has(key)) throw failures.get(key)
        this.#handlers.set(key, 'found')
      }
    }
  }

  /** Finds handlers, once for all who ask meanwhile; gives the error of each that is not there. */
  async find(addresses: readonly HandlerAddress[]): Promise<PrepareFailures> {
    const unknown = addresses.filter((address) => !this.#handlers.has(addressKey(address)))
    for (const group of byModule(unknown)) {
      const lookup = this.#retried(group, this.#lookUp, true).then((failures) => {
        for (const address of group) {
          const key = addressKey(address)
          if (failures.has(key)) this.#handlers.delete(key)
          else this.#handlers.set(key, 'found')
        }
        return failures
      })
      for (const address of group) this.#handlers.set(addressKey(address), lookup)
    }
    const failed = new Map<string, unknown>()
    for (const address of addresses) {
      const key = addressKey(address)
      const found = this.#handlers.get(key)
      const failures = found instanceof Promise ? await found : undefined
      if (failures?.has(key)) failed.set(key, failures.get(key))
    }
    return failed
  }

  /** Looks up, again where the worker was lost to something else, and not yet where the module has just ended one. */
  async #retried(
    group: readonly HandlerAddress[],
    lookUp: LookUp,
    mayRecall = false,
  ): Promise<PrepareFailures> {
    const module = group[0]?.module ?? ''
    const deadly = this.#deadly.get(module)
    if (mayRecall && deadly && performance.now() < deadly.retryAt) {
      return new Map(group.map((address) => [addressKey(address), failureIn(deadly, address)]))
    }
    for (;;) {
      try {
        const failures = await lookUp(group)
        this.#deadly.delete(module)
        return failures
      } catch (error) {
        if (error instanceof LookupLostError && error.isBlameless && !this.#isClosed()) continue
        const failures = failuresOf(group, error)
        if (error instanceof LookupLostError) this.#isDeadly(module, failures)
        return failures
      }
    }
  }

  #isDeadly(module: string, failures: PrepareFailures): void {
    const deadly = this.#deadly.get(module) ?? { backoff: new StartBackoff(), failures, retryAt: 0 }
    deadly.backoff.failed()
    deadly.failures = failures
    deadly.retryAt = performance.now() + deadly.backoff.delayMs
    this.#deadly.set(module, deadly)
  }
}

function failureIn({ failures }: DeadlyModule, address: HandlerAddress): unknown {
  return failures.get(addressKey(address)) ?? [...failures.values()][0]
}

/** Modules are looked up one by one, so that each answers for itself. */
function byModule(addresses: readonly HandlerAddress[]): Iterable<readonly HandlerAddress[]> {
  const groups = new Map<string, HandlerAddress[]>()
  for (const address of addresses) {
    const group = groups.get(address.module)
    if (group) group.push(address)
    else groups.set(address.module, [address])
  }
  return groups.values()
}

function failuresOf(addresses: readonly HandlerAddress[], error: unknown): PrepareFailures {
  return new Map(addresses.map((address) => [addressKey(address), lookUpError(address, error)]))
}

function lookUpError(address: HandlerAddress, error: unknown): unknown {
  if (!(error instanceof LookupLostError)) return error
  const [what] = error.cause.message.split('\n', 1)
  return new HandlerNotPortableError(
    error.isBlameless
      ? `the handler could not be looked for: ${String(what)}`
      : `importing the handler's module brought the worker down: ${String(what)}`,
    address,
    'mend the module: a worker imports it on its own, and must survive that',
    error.cause,
  )
}
