import { addressOf, type AnyHandler, type EventLinker, type HandlerAddress } from '@eventlane/core'
import { handlerAt, handlerNames, type BoundHandler } from '@eventlane/core/executor'
import { importModuleOnce } from '@eventlane/worker-pool/worker'
import { handlerId } from '../job/handler-id.js'

/** A handler that can be found in any realm. */
export interface AddressedHandler {
  readonly bound: BoundHandler
  readonly address: HandlerAddress
}

/**
 * The handlers of a worker, by their names on the wire: those that its modules define or export, and those of its links. A name
 * from the wire is only ever looked up here.
 */
export class WorkerHandlers {
  readonly #byId = new Map<string, AddressedHandler>()
  readonly #linker: EventLinker

  constructor(linker: EventLinker) {
    this.#linker = linker
  }

  /** Imports modules, and takes their handlers. */
  async load(modules: readonly string[]): Promise<void> {
    for (const named of modules) {
      const module = await importModuleOnce(named, 'auto')
      for (const name of handlerNames(module)) this.#add({ module, name })
      const exported = (await import(module)) as Readonly<Record<string, unknown>>
      for (const value of Object.values(exported)) {
        const address = typeof value === 'function' ? addressOf(value as AnyHandler) : undefined
        if (address) this.#add(address)
      }
    }
    this.#addLinked()
  }

  /** Their names on the wire. */
  get ids(): string[] {
    return [...this.#byId.keys()]
  }

  /** All of them. */
  get addresses(): HandlerAddress[] {
    return [...this.#byId.values()].map(({ address }) => address)
  }

  find(id: string): AddressedHandler | undefined {
    const known = this.#byId.get(id)
    if (known !== undefined) return known
    // Linked since.
    this.#addLinked()
    return this.#byId.get(id) ?? this.#similar(id)
  }

  /** Where compilers have changed a handler's name on one side only, core knows which one is meant. */
  #similar(id: string): AddressedHandler | undefined {
    const end = id.lastIndexOf('#')
    const name = id.slice(end + 1)
    for (const { address } of this.#byId.values()) {
      if (!handlerId(address).startsWith(id.slice(0, end + 1))) continue
      const bound = handlerAt({ module: address.module, name })
      return bound?.address && this.#byId.get(handlerId(bound.address))
    }
    return undefined
  }

  #addLinked(): void {
    for (const { options, bound } of this.#linker.links())
      if (!options.local && bound.address) this.#add(bound.address)
  }

  #add(address: HandlerAddress): void {
    const bound = handlerAt(address)
    if (bound !== undefined) this.#byId.set(handlerId(address), { bound, address })
  }
}
