import type { ChildProcess } from 'node:child_process'
import { setImmediate } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { Tinypool, type TinypoolChannel } from 'tinypool'
import { ChildOutput } from './child-output.js'
import {
  itemsOf,
  type LaneConnection,
  type LaneItem,
  type LaneSettings,
  type ProcessMessage,
  type WorkerItem,
} from '../message/lane-message.js'
import type { ResolvedPoolOptions } from '../pool/pool-options.js'
import { TaskClaims } from '../message/task-claims.js'
import { toError, type WorkerExit } from './worker-exit.js'

/** What kind of workers a pool has, and the module that each of them runs. */
export interface WorkerKind {
  /** Worker threads, or child processes. */
  readonly kind: 'thread' | 'process'
  /** Exports `lane`, which serves one lane. It throws where the module that calls it does not know its own URL. */
  readonly entry: () => URL
}

/** What tinypool says of every worker that ends; the exit's code and signal say more. */
const TINYPOOL_MESSAGES = new Set(['Worker exited unexpectedly', 'Terminating worker thread'])
/** What sending to a process that is about to end gives; that is the consequence and not the cause. */
const CHANNEL_CODES = new Set(['ERR_IPC_CHANNEL_CLOSED', 'ERR_IPC_DISCONNECTED', 'EPIPE', 'ECONNRESET'])

/** How long what a worker sent before its end may take to arrive after it, in milliseconds. */
const LAST_MESSAGES_MS = 1000
/** How long the report of its end waits for what it printed, in milliseconds. */
const LAST_OUTPUT_MS = 250
/** How long a process may live on that has closed its channel, in milliseconds. */
const DISCONNECTED_MS = 1000
/** How long the end of a worker may take that has been told to, in milliseconds; no thread is interrupted in native code. */
const KILL_MS = 2000

/** The pool's end of an open lane. */
export interface OpenLane extends LaneConnection<LaneItem, WorkerItem> {
  /** Which tasks the worker has started, where memory is shared. */
  readonly claims: TaskClaims | undefined
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
  #state: 'new' | 'started' | 'ended' = 'new'
  #error: unknown
  #output: ChildOutput | undefined
  /** Resolves when nothing more can arrive from the worker. */
  #channelEnd: Promise<void> = Promise.resolve()
  #killTimer: NodeJS.Timeout | undefined
  #finished: Promise<void> = Promise.resolve()

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
      this.#failed(error)
    })
  }

  /** Resolves when everything has been passed on that the worker printed before its end. */
  get finished(): Promise<void> {
    return this.#finished
  }

  /**
   * Opens a lane; only when no other is open.
   *
   * @param capacity how many tasks may be in the lane
   */
  open(settings: LaneSettings, capacity: number): OpenLane {
    const lane =
      this.#kind.kind === 'thread' ? this.#openOnThread(settings, capacity) : this.#openOnProcess(settings)
    if (this.#state === 'new') {
      this.#state = 'started'
      this.#watch()
    }
    return lane
  }

  /** Ends the worker, if it runs. */
  kill(): void {
    // tinypool's promise does not settle where the worker has ended by itself, and rejects with what the worker's end throws.
    this.#tinypool.destroy().catch(() => undefined)
    if (this.#state !== 'started') return
    this.#killTimer ??= setTimeout(() => {
      this.#failed(new Error(`it did not end within ${String(KILL_MS)} ms of being told to`))
      void this.#ended(undefined, undefined)
    }, KILL_MS)
  }

  #failed(error: unknown): void {
    if (error instanceof Error) {
      if (TINYPOOL_MESSAGES.has(error.message)) return
      if (CHANNEL_CODES.has((error as NodeJS.ErrnoException).code ?? '')) return
    }
    this.#error ??= error
  }

  #watch(): void {
    const [worker] = this.#tinypool.threads
    // Bad Node.js options make the constructor of a thread throw.
    if (worker === undefined) {
      this.#channelEnd = Promise.resolve()
      void this.#ended(undefined, undefined)
      return
    }
    worker.once('exit', (code: number | null, signal?: string | null) => {
      void this.#ended(code ?? undefined, signal ?? undefined)
    })
    if ('process' in worker) this.#watchProcess(worker.process as ChildProcess)
  }

  #watchProcess(child: ChildProcess): void {
    this.#output = new ChildOutput(child)
    this.#channelEnd = new Promise((resolve) => {
      child.once('disconnect', () => {
        resolve()
        const timer = setTimeout(() => {
          this.#failed(new Error('it closed its channel to the pool'))
          this.kill()
        }, DISCONNECTED_MS)
        timer.unref()
        child.once('exit', () => {
          clearTimeout(timer)
        })
      })
    })
  }

  async #ended(code: number | undefined, signal: string | undefined): Promise<void> {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    clearTimeout(this.#killTimer)
    // 'exit' may precede the rejection that carries its reason, and tinypool lets go of the pipes after it.
    await setImmediate()
    await setImmediate()
    this.kill()
    this.#finished = this.#output?.finish() ?? Promise.resolve()
    await within(LAST_MESSAGES_MS, this.#channelEnd)
    await within(LAST_OUTPUT_MS, this.#finished)
    this.#onExit({ code, signal, error: this.#error, stderr: this.#output?.stderr ?? '' })
  }

  async #run(task: object, options: object): Promise<void> {
    try {
      await this.#tinypool.run(task, { ...options, name: 'lane', filename: this.#kind.entry().href })
    } catch (error) {
      this.#failed(toError(error))
    }
  }

  #openOnThread(settings: LaneSettings, capacity: number): OpenLane {
    const { port1, port2 } = new MessageChannel()
    const claims = TaskClaims.shared(capacity)
    this.#channelEnd = new Promise((resolve) => port1.once('close', resolve))
    const closed = this.#run({ settings, port: port2, claims: claims.cells }, { transferList: [port2] })
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
      claims,
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
      claims: undefined,
      closed,
    }
  }
}

/** Resolves with a promise, or when the time is over. */
async function within(timeMs: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeMs)))
  await Promise.race([promise, timeout])
  clearTimeout(timer)
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
