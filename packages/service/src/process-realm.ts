import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { WorkerExit } from '@eventlane/worker-pool'
import { itemsOf } from '@eventlane/worker-pool/worker'
import type { Realm, RealmOptions } from './realm.js'
import type { HostItem, ServiceItem } from './service-message.js'
import { within } from './within.js'

/** How much of what a process writes to stderr is kept, in characters, to tell why it ended. */
const TAIL = 4096
/** How long what it sent before its end may take to arrive after it, in milliseconds. */
const LAST_MESSAGES_MS = 1000
/** How long its pipe may stay open after its end, in milliseconds; a process that it has started may hold it. */
const LAST_OUTPUT_MS = 250
/** How long a process may live on whose channel is closed, in milliseconds. */
const DISCONNECTED_MS = 1000

/** A child process of a service's own. */
export class ProcessRealm implements Realm {
  readonly ended: Promise<WorkerExit>
  readonly #child: ChildProcess
  #error: unknown
  #stderr = ''
  #isDismissed = false
  #listener: ((items: readonly ServiceItem[]) => void) | undefined

  constructor({ env, execArgv = process.execArgv, maxOldSpaceMb }: RealmOptions) {
    const memory = maxOldSpaceMb === undefined ? [] : [`--max-old-space-size=${String(maxOldSpaceMb)}`]
    this.#child = fork(fileURLToPath(new URL('./process-worker.js', import.meta.url)), [], {
      env: { ...(env ?? process.env) },
      execArgv: [...execArgv, ...memory],
      serialization: 'json',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    })
    const closed = new Promise<void>((resolve) => this.#child.stderr?.once('close', resolve))
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk)
      this.#stderr = (this.#stderr + chunk.toString()).slice(-TAIL)
    })
    this.#child.on('message', (message) => {
      const items = itemsOf(message)
      if (items) this.#listener?.(items as readonly ServiceItem[])
    })
    this.ended = this.#exit().then(async ([code, signal]) => {
      await within(LAST_OUTPUT_MS, closed)
      this.#child.stderr?.destroy()
      return { code, signal, error: this.#error, stderr: this.#stderr.trim() }
    })
    this.#child.once('disconnect', () => {
      // It may have been cut off while it lives on.
      const timer = setTimeout(() => {
        if (!this.#isDismissed) this.#error ??= new Error('it closed its channel to the host')
        this.kill()
      }, DISCONNECTED_MS)
      void this.ended.then(() => {
        clearTimeout(timer)
      })
    })
  }

  post(items: readonly HostItem[]): void {
    // Whatever becomes of it: that the process has ended is heard by its exit.
    if (this.#child.connected) this.#child.send({ eventlane: items }, () => undefined)
  }

  onMessage(listener: (items: readonly ServiceItem[]) => void): void {
    this.#listener = listener
  }

  close(): void {
    this.#listener = undefined
  }

  dismiss(): void {
    this.#isDismissed = true
    if (this.#child.connected) this.#child.disconnect()
    else this.kill()
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Of a process that could not be started there is an error only. */
  #exit(): Promise<[code: number | undefined, signal: string | undefined]> {
    return new Promise((resolve) => {
      const child = this.#child
      const disconnected = new Promise<void>((disconnect) => child.once('disconnect', disconnect))
      child.once('exit', (code, signal) => {
        // What it sent before its end is read first.
        void within(LAST_MESSAGES_MS, child.connected ? disconnected : Promise.resolve()).then(() => {
          resolve([code ?? undefined, signal ?? undefined])
        })
      })
      child.on('error', (error) => {
        if (child.pid !== undefined) return
        this.#error ??= error
        resolve([undefined, undefined])
      })
    })
  }
}
