import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { performance } from 'node:perf_hooks'
import type {
  EmitMessage,
  EventEmitter,
  HandleMessage,
  HandlerAddress,
  HookRegistration,
  LocalExecutionMode,
} from '@eventlane/core'
import { checkOptions, isFunction, isPositiveInteger, isPositiveMs } from '@eventlane/core/executor'
import { HandlerObservation, type HandlerReport } from './handler-observation.js'
import { LoopMeter, LoopTime } from './loop-meter.js'
import { adviceOn, warn, type PlacementWarning } from './placement-advice.js'
import { PayloadSampler, type PayloadSample } from './payload-sample.js'
import { LONG_BLOCK_MS } from './work-profile.js'

/** How an emitter is observed. */
export interface ObserveOptions {
  /** A handler that blocks the event loop for longer, on average and in one go, is warned of, in milliseconds. Default: 10. */
  readonly maxBlockedMs?: number
  /** A handler is not judged before so many runs. Default: 3. */
  readonly minRuns?: number
  /** Takes the warnings. Default: `process.emitWarning`. */
  readonly onWarning?: (warning: PlacementWarning) => void
}

const OBSERVE_OPTIONS = {
  maxBlockedMs: isPositiveMs,
  minRuns: isPositiveInteger,
  onWarning: isFunction,
}

const HANDLE_START = 'tracing:eventlane.handle:start'
const HANDLE_END = 'tracing:eventlane.handle:asyncEnd'
const EMIT_ERROR = 'tracing:eventlane.emit:error'
const EMIT_END = 'tracing:eventlane.emit:asyncEnd'

/** Beyond so many handlers in a mode, those that come new are not observed, so that memory is bounded. */
const MAX_HANDLERS = 1000

/** What is seen of an emitter's handlers. Disposing of it ends the measuring; its report remains. */
export interface Observation extends Disposable {
  /** What was measured of each handler that a run has ended of, in each mode that it ran in, and where it belongs. */
  report(): readonly HandlerReport[]
  /** Ends it; calling it again does nothing. */
  stop(): void
}

/**
 * Measures how the handlers of an emitter behave, and says where they had better run: how long they block the event loop, how
 * long they run, how large their payloads are, and which part of the time the way to a worker is. A handler that is in the wrong
 * place is warned of once, in a sentence. No handler is moved.
 *
 * Time on the main event loop is that of all callbacks which go back to a handler, before its first `await` and after. For
 * this, every promise of the program is watched while somebody observes, which costs an emission some 7 µs; without an observer,
 * nothing. Handlers in workers are measured from outside: whether they compute or wait is not seen.
 *
 * @param emitter the emitter; emissions from now on are measured
 * @param options see {@link ObserveOptions}
 * @returns the observation: `using observation = observe(events)` ends it with the scope
 * @throws InvalidOptionError when an option is unknown or wrong
 * @example
 * ```ts
 * import { EventEmitter, observe } from 'eventlane'
 *
 * await using events = new EventEmitter()
 * using observation = observe(events)
 * // … when the program has worked for a while:
 * for (const { handler, recommendation } of observation.report()) console.log(handler, recommendation.mode)
 * ```
 */
export function observe(emitter: Pick<EventEmitter, 'use'>, options: ObserveOptions = {}): Observation {
  checkOptions(options, OBSERVE_OPTIONS, () => 'observe()')
  return new EmitterObservation(emitter, options)
}

class EmitterObservation implements Observation {
  readonly #options: ObserveOptions
  readonly #meter = new LoopMeter()
  readonly #sampler = new PayloadSampler()
  /** Those of this emitter that have not settled, with what their payload takes where it was measured. */
  readonly #emissions = new Map<string, PayloadSample | undefined>()
  readonly #handlers = new Map<LocalExecutionMode, Map<string, HandlerObservation>>()
  readonly #starts = channel(HANDLE_START)
  readonly #hooks: HookRegistration
  #begunAt: number | undefined

  constructor(emitter: Pick<EventEmitter, 'use'>, options: ObserveOptions) {
    this.#options = options
    this.#hooks = emitter.use({
      beforeEmit: (draft) => {
        this.#begunAt ??= performance.now()
        this.#emissions.set(
          draft.emissionId,
          this.#sampler.sample(draft.event, () => draft.payload),
        )
      },
    })
    this.#starts.bindStore(this.#meter.store, (message) => this.#started(message as HandleMessage))
    subscribe(HANDLE_END, this.#ended)
    subscribe(EMIT_ERROR, this.#settled)
    subscribe(EMIT_END, this.#settled)
    this.#meter.start()
  }

  report(): readonly HandlerReport[] {
    const elapsedMs = performance.now() - (this.#begunAt ?? 0)
    return this.#observations.map((handler) => handler.report(elapsedMs))
  }

  stop(): void {
    this.#hooks.remove()
    this.#starts.unbindStore(this.#meter.store)
    unsubscribe(HANDLE_END, this.#ended)
    unsubscribe(EMIT_ERROR, this.#settled)
    unsubscribe(EMIT_END, this.#settled)
    this.#meter.stop()
    this.#emissions.clear()
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  /** What the handler's time is charged to: that of another emitter's handler, to nobody. */
  #started(message: HandleMessage): LoopTime | undefined {
    if (message.mode !== 'main-event-loop-async' || !this.#emissions.has(message.emissionId)) return undefined
    return new LoopTime()
  }

  readonly #ended = (told: unknown): void => {
    const message = told as HandleMessage
    const { emissionId, handler: label, address, mode, outcome, runMs = 0, waitMs = 0 } = message
    const hasRun = message.hasBegun && (outcome === 'fulfilled' || outcome === 'rejected')
    if (!hasRun || mode === 'remote' || !this.#emissions.has(emissionId)) return
    const handler = this.#observationOf(mode, label, address)
    if (handler === undefined) return
    // It is published in a callback of its own, which belongs to the run: what that took before has been charged to it.
    handler.ended(runMs, waitMs, this.#meter.store.getStore())
    const sample = this.#emissions.get(emissionId)
    if (sample) handler.sampled(sample)
    this.#judge(handler)
  }

  get #observations(): HandlerObservation[] {
    return [...this.#handlers.values()].flatMap((handlers) => [...handlers.values()])
  }

  #observationOf(
    mode: LocalExecutionMode,
    label: string,
    address: HandlerAddress | undefined,
  ): HandlerObservation | undefined {
    const handlers = this.#handlers.get(mode) ?? new Map<string, HandlerObservation>()
    const known = handlers.get(label)
    if (known !== undefined || handlers.size >= MAX_HANDLERS) return known
    const handler = new HandlerObservation(label, address, mode)
    this.#handlers.set(mode, handlers.set(label, handler))
    return handler
  }

  readonly #settled = (told: unknown): void => {
    this.#emissions.delete((told as EmitMessage).emissionId)
  }

  #judge(handler: HandlerObservation): void {
    const { maxBlockedMs = LONG_BLOCK_MS, minRuns = 3, onWarning = warn } = this.#options
    if (handler.isWarnedOf || handler.runs < minRuns) return
    // In workers more has to be asked, so it is asked now and then.
    if (handler.blockedMs === undefined && !isPowerOfTwo(handler.runs / minRuns)) return
    const advice = adviceOn(handler, maxBlockedMs, performance.now() - (this.#begunAt ?? 0))
    if (advice === undefined) return
    handler.isWarnedOf = true
    onWarning(advice)
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value))
}
