import { setImmediate } from 'node:timers/promises'
import {
  defineEvent,
  EventEmitter,
  EventLinker,
  payload,
  WorkerLostError,
  type EmissionReport,
  type ExecutorStats,
  type Executor,
  type Handler,
  type OutcomeCounts,
  type RetryOptions,
} from '@eventlane/core'
import type { FaultLedger } from './fault-ledger.js'
import {
  blocks,
  burns,
  crashes,
  emitsFurther,
  exits,
  fails,
  fast,
  further,
  Further,
  leavesBomb,
  listens,
  recovers,
  survives,
  waits,
  type FaultJob,
} from './modules/fault-handlers.js'
import type { LeakWatch } from './leak-watch.js'
import type { RandomNumbers } from './random-numbers.js'

/** Emissions that have not settled, at most; then the run waits. */
const IN_FLIGHT = 300

/** A handler that is tried again starts at most so often. */
export const MAX_ATTEMPTS = 8

/** Which handlers a run emits to, and how often in a thousand emissions; the remainder goes to the first. */
const GENTLE: readonly (readonly [Handler<FaultJob>, perMille: number])[] = [
  [fast, 0],
  [waits, 150],
  [burns, 50],
  [fails, 150],
  [emitsFurther, 100],
  [listens, 20],
  [recovers, 100],
]
const ROUGH: readonly (readonly [Handler<FaultJob>, perMille: number])[] = [
  [exits, 3],
  [crashes, 2],
  [leavesBomb, 1],
  [survives, 3],
]
const BLOCKING: readonly (readonly [Handler<FaultJob>, perMille: number])[] = [[blocks, 1]]

/** Which handlers are tried again, and when. */
const RETRIES = new Map<Handler<FaultJob>, RetryOptions>([
  [recovers, { attempts: MAX_ATTEMPTS, backoff: 'exponential', delayMs: 1, jitter: 0.5, onWorkerLoss: true }],
  [survives, { attempts: MAX_ATTEMPTS, backoff: 'fixed', delayMs: 1, onWorkerLoss: true }],
])

/** The handlers that may bring a worker down. */
const DANGEROUS = [...ROUGH, ...BLOCKING].map(([handler]) => handler.name)

/** What a run saw, counted by itself. */
export interface FaultRunResult {
  /** Settlements of each task, by handler and emission, as callbacks told. */
  readonly settlements: ReadonlyMap<string, number>
  /** How each task of an emission from outside ended. */
  readonly statuses: ReadonlyMap<string, string>
  /** Tasks that handlers emitted from within, as callbacks told. */
  readonly furtherTasks: number
  /** What `drain` counted. */
  readonly counts: OutcomeCounts
  readonly stats: ExecutorStats
  /** Errors that blame a handler which does nothing bad. */
  readonly wronglyBlamed: readonly string[]
  readonly killed: number
  readonly durationMs: number
}

/** A flood of emissions to handlers of every kind, some cancelled, some late, while workers die. */
export class FaultRun {
  readonly #executor: Executor
  readonly #random: RandomNumbers
  readonly #ledger: FaultLedger
  readonly #watch: LeakWatch
  readonly #linker = new EventLinker()
  readonly #settlements = new Map<string, number>()
  readonly #statuses = new Map<string, string>()
  readonly #wronglyBlamed: string[] = []
  readonly #choices: readonly (readonly [Handler<FaultJob>, perMille: number])[]
  #furtherTasks = 0
  #killed = 0
  #inFlight = 0
  #roomFor: (() => void) | undefined

  constructor(executor: Executor, random: RandomNumbers, ledger: FaultLedger, watch: LeakWatch) {
    this.#executor = executor
    this.#random = random
    this.#ledger = ledger
    this.#watch = watch
    const { isolated, killsRunning } = executor.capabilities
    this.#choices = [...GENTLE, ...(isolated ? ROUGH : []), ...(killsRunning ? BLOCKING : [])]
  }

  async run(emissions: number): Promise<FaultRunResult> {
    const started = performance.now()
    const events = new EventEmitter({ executor: this.#executor, linker: this.#linker })
    const link = (handler: Handler<FaultJob>, timeoutMs: number, event = eventOf(handler)): void => {
      const count = (_: unknown, { payload: job }: { readonly payload: unknown }): void => {
        const task = `${handler.name} ${(job as FaultJob).id}`
        this.#settlements.set(task, (this.#settlements.get(task) ?? 0) + 1)
        if (handler === further) this.#furtherTasks += 1
      }
      const retry = RETRIES.get(handler)
      this.#linker.on(event, handler, {
        timeoutMs,
        onSuccess: count,
        onFailure: count,
        ...(retry && { retry }),
      })
    }
    for (const [handler] of this.#choices) link(handler, DANGEROUS.includes(handler.name) ? 20 : 60_000)
    link(further, 60_000, Further)
    for (let index = 0; index < emissions; index += 1) {
      if (this.#inFlight >= IN_FLIGHT) await new Promise<void>((resolve) => (this.#roomFor = resolve))
      // Work goes on between emissions, and dies between them.
      if (this.#random(20) === 0) await setImmediate()
      this.#emit(events, String(index))
      if (this.#random(400) === 0) this.#kill()
    }
    const counts = await events.drain()
    const stats = this.#executor.stats()
    await events.shutdown()
    return {
      settlements: this.#settlements,
      statuses: this.#statuses,
      furtherTasks: this.#furtherTasks,
      counts,
      stats,
      wronglyBlamed: this.#wronglyBlamed,
      killed: this.#killed,
      durationMs: performance.now() - started,
    }
  }

  #emit(events: EventEmitter, id: string): void {
    const handler = this.#choose()
    const timeoutMs = handler === listens ? { timeoutMs: 1 + this.#random(20) } : {}
    const emission = events.emit(eventOf(handler), { ledger: this.#ledger.file, id }, timeoutMs)
    this.#inFlight += 1
    void emission.settled.then((report) => {
      this.#inFlight -= 1
      this.#roomFor?.()
      this.#note(handler, id, report)
    })
    const whim = this.#random(100)
    if (whim < 3) emission.cancel()
    else if (whim < 6) {
      setTimeout(() => {
        emission.cancel()
      }, this.#random(10))
    }
  }

  #choose(): Handler<FaultJob> {
    let draw = this.#random(1000)
    for (const [handler, perMille] of this.#choices) {
      if (draw < perMille) return handler
      draw -= perMille
    }
    return fast
  }

  #note(handler: Handler<FaultJob>, id: string, { outcomes }: EmissionReport): void {
    const [outcome] = outcomes
    const task = `${handler.name} ${id}`
    if (this.#statuses.has(task)) throw new Error(`settled twice: ${task}`)
    this.#statuses.set(task, outcome?.status ?? 'missing')
    const error = outcome?.status === 'rejected' ? outcome.error : undefined
    if (!(error instanceof WorkerLostError) || error.culprit === undefined) return
    // On a machine that stands still, a harmless handler may seem deaf to its signal.
    if (error.reason.includes('did not stop')) return
    const [name = ''] = error.culprit.split(' ')
    if (!DANGEROUS.includes(name)) this.#wronglyBlamed.push(error.message)
  }

  /** Kills one of the processes that handlers run in, whatever it is doing. */
  #kill(): void {
    const { processes } = this.#watch
    const victim = processes[this.#random(1000) % Math.max(1, processes.length)]
    if (victim?.kill('SIGKILL') === true) this.#killed += 1
  }
}

const eventsOf = new Map<Handler<FaultJob>, ReturnType<typeof defineFaultEvent>>()

function eventOf(handler: Handler<FaultJob>): ReturnType<typeof defineFaultEvent> {
  const event = eventsOf.get(handler) ?? defineFaultEvent(handler.name)
  eventsOf.set(handler, event)
  return event
}

function defineFaultEvent(name: string) {
  return defineEvent(`faults.${name}`, payload<FaultJob>())
}
