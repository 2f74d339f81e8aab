import { setImmediate } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { Tinypool, type TinypoolChannel } from 'tinypool'
import {
  itemsOf,
  type LaneConnection,
  type LaneItem,
  type LaneSettings,
  type ProcessMessage,
  type WorkerItem,
} from './lane-message.js'
import type { ResolvedPoolOptions } from './pool-options.js'

/** What kind of workers a pool has, and the module that each of them runs. */
export interface WorkerKind {
  readonly kind: 'thread' | 'process'
  /** Exports `lane`, which serves one lane. */
  readonly entry: URL
}

/** How a worker ended. */
export interface WorkerExit {
  readonly code: number | undefined
  readonly signal: string | undefined
  /** The uncaught error that ended it, where the runtime tells. */
  readonly error: unknown
}

/** What tinypool says of every worker that ends; the exit's code and signal say more. */
const TINYPOOL_MESSAGES = new Set(['Worker exited unexpectedly', 'Terminating worker thread'])

/** The pool's end of an open lane. */
export interface OpenLane extends LaneConnection<LaneItem, WorkerItem> {
  /** How many tasks the worker has started, where memory is shared. */
  startedCount(): number | undefined
  /** Resolves when the lane has ended, in whatever way. */
  readonly closed: Promise<void>
}

/**
 * One worker, started by the first {@link open}. This is all of tinypool that eventlane uses: it starts the worker, runs
 * one long task on it (the lane), and ends it. Queueing, serialising and timing stay outside, and each worker has a tinypool
 * of its own, since in a shared one the failed start of one worker stops all others from being replaced.
 */
export class PoolWorker {
  readonly #kind: WorkerKind
  readonly #tinypool: Tinypool
  readonly #onExit: (exit: WorkerExit) => void
  #isStarted = false
  #laneError: unknown

  constructor(kind: WorkerKind, options: ResolvedPoolOptions, onExit: (exit: WorkerExit) => void) {
    this.#kind = kind
    this.#onExit = onExit
    this.#tinypool = new Tinypool({
      runtime: kind.kind === 'thread' ? 'worker_threads' : 'child_process',
      // With a minimum of 0 tinypool replaces nothing by itself, and with this timeout it ends nothing.
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: 2 ** 31 - 1,
      // Atomics freeze the worker's event loop between tasks.
      useAtomics: false,
      // A child process would otherwise have no environment at all.
      env: definedOnly(options.env ?? process.env),
      ...runtimeOptions(kind, options),
    })
    // An uncaught error of an idle worker, reported by the exit too; without a listener it would be thrown here.
    this.#tinypool.on('error', (error: unknown) => {
      this.#laneError ??= error
    })
  }

  /** Opens a lane; only when no other is open. */
  open(settings: LaneSettings): OpenLane {
    const lane = this.#kind.kind === 'thread' ? this.#openOnThread(settings) : this.#openOnProcess(settings)
    if (!this.#isStarted) {
      this.#isStarted = true
      this.#watchExit()
    }
    return lane
  }

  /** Ends the worker, if it runs. */
  kill(): void {
    // tinypool's promise does not settle where the worker has ended by itself; `onExit` tells.
    void this.#tinypool.destroy()
  }

  #watchExit(): void {
    const [worker] = this.#tinypool.threads
    // Bad Node.js options make the constructor of a thread throw.
    if (worker === undefined) {
      void this.#exited(undefined, undefined)
      return
    }
    worker.once('exit', (code: number | null, signal?: string | null) => {
      void this.#exited(code ?? undefined, signal ?? undefined)
    })
  }

  async #exited(code: number | undefined, signal: string | undefined): Promise<void> {
    // On Node.js 20, 'exit' precedes the rejection that carries the reason (out of memory, for one) by two turns.
    await setImmediate()
    await setImmediate()
    this.kill()
    const error = this.#laneError
    this.#onExit({
      code,
      signal,
      error: error instanceof Error && TINYPOOL_MESSAGES.has(error.message) ? undefined : error,
    })
  }

  async #run(task: object, options: object): Promise<void> {
    try {
      await this.#tinypool.run(task, { ...options, name: 'lane', filename: this.#kind.entry.href })
    } catch (error) {
      this.#laneError ??= toError(error)
    }
  }

  #openOnThread(settings: LaneSettings): OpenLane {
    const { port1, port2 } = new MessageChannel()
    const started = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    const closed = this.#run({ settings, port: port2, started }, { transferList: [port2] })
    void closed.then(() => {
      port1.close()
    })
    return {
      post: (items) => {
        port1.postMessage(items)
      },
      onMessage: (listener) => {
        port1.on('message', listener)
      },
      close: () => {
        port1.close()
      },
      startedCount: () => Atomics.load(started, 0),
      closed,
    }
  }

  #openOnProcess(settings: LaneSettings): OpenLane {
    let send: (message: ProcessMessage<LaneItem>) => void = () => undefined
    let listener: (items: readonly WorkerItem[]) => void = () => undefined
    const channel: TinypoolChannel = {
      onMessage: (sendToWorker) => (send = sendToWorker),
      postMessage: (message: unknown) => {
        const items = itemsOf(message)
        if (items) listener(items as WorkerItem[])
      },
    }
    const closed = this.#run({ settings }, { channel })
    return {
      post: (items) => {
        send({ eventlane: items })
      },
      onMessage: (onMessage) => (listener = onMessage),
      close: () => (listener = () => undefined),
      startedCount: () => undefined,
      closed,
    }
  }
}

function runtimeOptions({ kind }: WorkerKind, { execArgv, maxOldSpaceMb }: ResolvedPoolOptions): object {
  if (kind === 'thread') {
    return {
      ...(execArgv && { execArgv: [...execArgv] }),
      ...(maxOldSpaceMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxOldSpaceMb } }),
    }
  }
  if (maxOldSpaceMb === undefined) return execArgv ? { execArgv: [...execArgv] } : {}
  return { execArgv: [...(execArgv ?? process.execArgv), `--max-old-space-size=${String(maxOldSpaceMb)}`] }
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

/** Errors come out of child processes as plain objects. */
function toError(thrown: unknown): unknown {
  if (thrown instanceof Error || typeof thrown !== 'object' || thrown === null || !('message' in thrown))
    return thrown
  return Object.assign(new Error(String(thrown.message)), thrown)
}
