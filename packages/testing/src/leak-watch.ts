import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { beforeEach, expect, onTestFinished } from 'vitest'
import { TimerWatch } from './timer-watch.js'

type Counts = ReadonlyMap<string, number>

/** What ends with the test has so long to do so, in milliseconds. */
const PATIENCE_MS = 15_000
const POLL_MS = 2

/** What this realm holds, to be compared with what it holds later: worker threads, child processes, timers that keep it alive, handles, listeners. */
export class LeakWatch implements Disposable {
  readonly #before = held()
  readonly #alive = new Set<Worker | ChildProcess>()
  readonly #timers = new TimerWatch()
  #ended = 0
  readonly #onWorker = (message: unknown): void => {
    this.#track((message as { worker: Worker }).worker)
  }
  readonly #onProcess = (message: unknown): void => {
    this.#track((message as { process: ChildProcess }).process)
  }

  constructor() {
    subscribe('worker_threads', this.#onWorker)
    subscribe('child_process', this.#onProcess)
  }

  /** How many of the threads and processes that were started since have ended. */
  get ended(): number {
    return this.#ended
  }

  /** The child processes that were started since and have not ended. */
  get processes(): ChildProcess[] {
    return [...this.#alive].filter(isProcess)
  }

  /** What is there that was not there before, in words. */
  get leaks(): string[] {
    const workers = [...this.#alive].map((worker) =>
      isProcess(worker) ? `process ${String(worker.pid)}` : `thread ${String(worker.threadId)}`,
    )
    const more = [...held()].flatMap(([what, count]) => {
      const extra = count - (this.#before.get(what) ?? 0)
      return extra > 0 ? [`${String(extra)} more ${what}`] : []
    })
    const timers = this.#timers.origins.map((origin) => `timer started at ${origin}`)
    return [...workers, ...timers, ...more]
  }

  /** Resolves when nothing is left, and rejects, naming what is, when that does not come about. */
  async settle(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (this.leaks.length > 0 && performance.now() < deadline) {
      await this.#timers.ignore(() => sleep(POLL_MS))
    }
    expect(this.leaks, 'what outlives the test').toEqual([])
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    this.#timers[Symbol.dispose]()
    unsubscribe('worker_threads', this.#onWorker)
    unsubscribe('child_process', this.#onProcess)
  }

  #track(worker: Worker | ChildProcess): void {
    this.#alive.add(worker)
    worker.once('exit', () => {
      this.#ended += 1
      this.#alive.delete(worker)
    })
    // A process that could not be started has no exit.
    if (isProcess(worker)) worker.once('error', () => worker.pid ?? this.#alive.delete(worker))
  }
}

function isProcess(worker: Worker | ChildProcess): worker is ChildProcess {
  return !('threadId' in worker)
}

function held(): Counts {
  const counts = new Map<string, number>()
  const count = (what: string, number = 1): void => {
    counts.set(what, (counts.get(what) ?? 0) + number)
  }
  for (const name of process.getActiveResourcesInfo()) {
    // Those are watched one by one; here are those of Vitest too.
    if (name !== 'Timeout') count(`active ${name}`)
  }
  for (const [of, emitter] of [
    ['process', process],
    ['stdout', process.stdout],
    ['stderr', process.stderr],
  ] as const) {
    for (const event of emitter.eventNames()) {
      count(`listeners of "${String(event)}" on ${of}`, emitter.listenerCount(event))
    }
  }
  return counts
}

/**
 * Has every test of the `describe` in which it is called end with a check that nothing outlives it, after everything that the
 * test itself clears in `onTestFinished`.
 *
 * @example
 * ```ts
 * import { checkForLeaks } from '@eventlane/testing'
 * import { describe, test } from 'vitest'
 *
 * describe('my executor', () => {
 *   checkForLeaks()
 *   test('…', () => undefined)
 * })
 * ```
 */
export function checkForLeaks(): void {
  beforeEach(() => {
    const watch = new LeakWatch()
    // What was set up first is cleared last, so this comes after everything that the test itself clears.
    onTestFinished(async () => {
      await watch.settle()
      watch[Symbol.dispose]()
    }, 20_000)
  })
}
