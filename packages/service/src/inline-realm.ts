import type { WorkerExit } from '@eventlane/worker-pool'
import type { LaneConnection } from '@eventlane/worker-pool/worker'
import type { Realm } from './realm.js'
import { ServiceInstance } from './service-instance.js'
import type { HostItem, ServiceItem } from './service-message.js'

/**
 * A service on the event loop of the program. It gets and gives the same texts as in any other realm, a turn later. Nothing can
 * end its code by force: one that is killed has its signal aborted, and is not heard any more.
 */
export class InlineRealm implements Realm {
  readonly ended: Promise<WorkerExit>
  #end: (exit: WorkerExit) => void = () => undefined
  #listener: ((items: readonly ServiceItem[]) => void) | undefined
  #instance: ServiceInstance | undefined

  constructor() {
    this.ended = new Promise((resolve) => (this.#end = resolve))
    this.#tell([['listening']])
  }

  post(items: readonly HostItem[]): void {
    queueMicrotask(() => {
      for (const item of items) {
        if (item[0] !== 'start') continue
        this.#instance = new ServiceInstance(this.#connection, item[1])
        this.#instance.run()
      }
      this.#instance?.receive(items)
    })
  }

  onMessage(listener: (items: readonly ServiceItem[]) => void): void {
    this.#listener = listener
  }

  close(): void {
    this.#listener = undefined
  }

  dismiss(): void {
    this.kill()
  }

  kill(): void {
    this.close()
    this.#instance?.abandon(new Error('the host of the service has ended it'))
    this.#end({ code: undefined, signal: undefined, error: undefined, stderr: '' })
  }

  #tell(items: readonly ServiceItem[]): void {
    queueMicrotask(() => this.#listener?.(items))
  }

  readonly #connection: LaneConnection<ServiceItem, HostItem> = {
    post: (items) => {
      this.#tell(items)
    },
    onMessage: () => undefined,
    close: () => undefined,
  }
}
