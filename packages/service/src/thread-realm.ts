import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
import type { WorkerExit } from '@eventlane/worker-pool'
import type { Realm, RealmOptions } from './realm.js'
import type { HostItem, ServiceItem } from './service-message.js'
import { within } from './within.js'

/** How long what a thread sent before its end may take to arrive after it, in milliseconds. */
const LAST_MESSAGES_MS = 1000

/** A worker thread of a service's own. */
export class ThreadRealm implements Realm {
  readonly ended: Promise<WorkerExit>
  readonly #port: MessagePort
  readonly #worker: Worker
  #error: unknown

  constructor({ env, execArgv, maxOldSpaceMb }: RealmOptions) {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const closed = new Promise<void>((resolve) => port1.once('close', resolve))
    this.#worker = new Worker(new URL('./thread-worker.js', import.meta.url), {
      env: { ...(env ?? process.env) },
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(maxOldSpaceMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxOldSpaceMb } }),
      workerData: port2,
      transferList: [port2],
    })
    this.#worker.on('error', (error) => (this.#error ??= error))
    const exited = new Promise<number>((resolve) => this.#worker.once('exit', resolve))
    this.ended = exited.then(async (code) => {
      await within(LAST_MESSAGES_MS, closed)
      port1.close()
      return { code, signal: undefined, error: this.#error, stderr: '' }
    })
  }

  post(items: readonly HostItem[]): void {
    this.#port.postMessage(items)
  }

  onMessage(listener: (items: readonly ServiceItem[]) => void): void {
    this.#port.on('message', listener)
  }

  close(): void {
    this.#port.removeAllListeners('message')
  }

  dismiss(): void {
    this.kill()
  }

  kill(): void {
    void this.#worker.terminate()
  }
}
