import type { HandlerAddress } from '@eventlane/core'
import { formatAddress, type BoundHandler } from '@eventlane/core/executor'
import { findHandler, type Loader } from './handler-module.js'

/** A handler that the pool has named to a worker. */
export class LaneHandler {
  readonly address: HandlerAddress
  /** How messages call it. */
  readonly label: string
  #bound: BoundHandler | undefined

  constructor(address: HandlerAddress) {
    this.address = address
    this.label = formatAddress(address)
  }

  /**
   * The function, importing its module where that has not happened in this realm; looked up once, since an address keeps the
   * function that it was given to.
   *
   * @throws HandlerNotPortableError, at once or in the promise
   */
  find(loader: Loader): BoundHandler | Promise<BoundHandler> {
    if (this.#bound !== undefined) return this.#bound
    const found = findHandler(this.address, loader)
    if (!(found instanceof Promise)) this.#bound = found
    return found
  }
}
