import { isDeepStrictEqual } from 'node:util'
import type { TaskResult } from '../executor/executor.js'
import type { HandlerMeasure } from '../emitter/handler-stats.js'
import { handlerLabel, type BoundHandler } from '../handler/handler.js'
import type { Metadata } from '../payload/metadata.js'
import { InvalidOptionError } from '../errors/errors.js'
import { checkOptions, isAbortSignal, isBoolean, isFunction, isPositiveMs } from '../options.js'
import { checkRetryOptions, type RetryOptions } from '../executor/retry.js'
import type { LinkOrder } from '../executor/task-order.js'

/** What `onSuccess` and `onFailure` are told of the task that has settled. */
export interface Settlement {
  /** The name of the event. */
  readonly event: string
  /** The id of the emission. */
  readonly emissionId: string
  /** The handler, as `name (module)`. */
  readonly handler: string
  /** A copy of the payload of its own, decoded when it is read. */
  readonly payload: unknown
  /** What travelled with the emission beside its payload, a copy. */
  readonly metadata: Metadata
}

/** Callbacks about settled tasks; they run in the emitter's realm. */
export interface SettlementCallbacks {
  /** Called with the value of each fulfilled task. */
  readonly onSuccess?: (value: unknown, settlement: Settlement) => unknown
  /** Called with the error of each rejected task; it is then not reported elsewhere. */
  readonly onFailure?: (error: unknown, settlement: Settlement) => unknown
}

/** Whether the handler of a link gets a payload. */
export type LinkFilter<Payload = never> = (payload: Payload, event: string) => boolean

/**
 * How a link treats its handler.
 *
 * @typeParam Payload what handlers of the event get
 */
export interface LinkOptions<Payload = never> extends SettlementCallbacks {
  /** The handler runs on the emitter's own event loop under every executor, and may be a closure. Default: `false`. */
  readonly local?: boolean
  /**
   * The name of the executor that runs the handler, of those in the `executors` of the emitter. It excludes `local`. Default: the
   * emitter's `executor`.
   */
  readonly executor?: string
  /** The link makes one task and is used up. Default: `false`. */
  readonly once?: boolean
  /** Unlinks when it aborts. */
  readonly signal?: AbortSignal
  /**
   * Which payloads the handler gets: called with each, and the event's name, at `emit`, in the emitter's realm; the payload is a
   * copy of its own. Where it returns `false`, no task is made, and a `once` link is not used up. Where it throws, or returns
   * anything but a boolean, the task is rejected with a `LinkFunctionError`. Default: all.
   */
  readonly filter?: LinkFilter<Payload>
  /**
   * Longest run of the handler, in milliseconds, each attempt for itself; then its signal aborts and the attempt has failed.
   * Default: no limit.
   */
  readonly timeoutMs?: number
  /** Whether and when a failed task is tried again. Default: one attempt. */
  readonly retry?: RetryOptions
  /**
   * `serial`: one task of this link at a time, in emit order, whatever number of workers there is. A function of the payload:
   * the same among the payloads for which it returns the same key; others run side by side. It is called in the emitter's
   * realm, with a copy of its own; where it throws, the task is rejected with a `LinkFunctionError`. A turn ends when the
   * handler has really returned, after all its attempts, or its worker is gone. Default: no order.
   */
  readonly order?: LinkOrder<Payload>
}

/** Whoever waits for what a link gets, and hears when there will be nothing. */
export interface LinkReceiver {
  /** The link has ended. */
  ended(link: Link): void
  /** A task was not fulfilled. */
  missed?(link: Link, result: TaskResult): void
}

/** What a linker makes a link of. */
export interface LinkSettings {
  /** The names of its events. */
  readonly events: readonly string[]
  /** Its handler. */
  readonly bound: BoundHandler
  /** The options that were given for it. */
  readonly options: LinkOptions
  /** Its place among the links of its linker. */
  readonly position: number
  /** Takes it out of its linker. */
  readonly onEnd: (link: Link) => void
  /** Who gets its payloads in place of a handler: a stream, or a promise of the next event. */
  readonly receiver?: LinkReceiver | undefined
}

/** One subscription of a handler to one or more events. `using link = linker.on(…)` unlinks at the end of the scope. */
export class Link implements Disposable {
  /** The options that were given for it. */
  readonly options: LinkOptions
  /** Where it stands in link order. @internal */
  readonly position: number
  /** Where the link is a stream's, or waits for the next event. @internal */
  readonly receiver: LinkReceiver | undefined
  /** Where the emitter that used it last adds up how its tasks go. @internal */
  measure: HandlerMeasure | undefined
  readonly #bound: BoundHandler
  readonly #onEnd: (link: Link) => void
  #events: readonly string[]
  #label: string | undefined
  #state: 'active' | 'used-up' | 'removed' = 'active'

  /** Links are made by `linker.on`. */
  constructor({ events, bound, options, position, onEnd, receiver }: LinkSettings) {
    this.receiver = receiver
    this.#events = events
    this.options = options
    this.position = position
    this.#bound = bound
    this.#onEnd = onEnd
  }

  /** The names of its events. */
  get events(): readonly string[] {
    return this.#events
  }

  /** The handler with its address and the object that it is a method of. */
  get bound(): BoundHandler {
    return this.#bound
  }

  /** The handler in words: `name (module)`. */
  get label(): string {
    return (this.#label ??= handlerLabel(this.#bound))
  }

  /** Whether the link still takes part in emissions. */
  get isActive(): boolean {
    return this.#state === 'active'
  }

  /** Whether its one task has been made. */
  get isUsedUp(): boolean {
    return this.#state === 'used-up'
  }

  /** Whether it was unlinked, so that its tasks must not start. @internal */
  get isRemoved(): boolean {
    return this.#state === 'removed'
  }

  /** Whether its tasks are retried or ordered, and so need more care than others. @internal */
  get hasAttempts(): boolean {
    return this.options.retry !== undefined || this.options.order !== undefined
  }

  /** Whether functions of the user's have a say in what becomes of an emission. @internal */
  get hasFunctions(): boolean {
    return this.options.filter !== undefined || this.options.order !== undefined
  }

  /** Whether it is a subscription of that handler. @internal */
  isOf({ handler, receiver }: BoundHandler): boolean {
    return this.#bound.handler === handler && this.#bound.receiver === receiver
  }

  /** Whether it is made of the same events and options. @internal */
  isSame(events: readonly string[], options: LinkOptions): boolean {
    if (events.length !== this.#events.length || !events.every((event) => this.#events.includes(event)))
      return false
    const keys = new Set([...Object.keys(this.options), ...Object.keys(options)]) as Set<keyof LinkOptions>
    return [...keys].every((key) =>
      // A signal is itself and no other; the retry options are a plain object, written out anew each time.
      key === 'retry'
        ? isDeepStrictEqual(this.options.retry, options.retry)
        : this.options[key] === options[key],
    )
  }

  /** Leaves some of its events out from now on. Called by its linker. @internal */
  narrow(events: readonly string[]): void {
    this.#events = events
  }

  /** Ends the subscription: its tasks that have not started are cancelled. Calling it again does nothing. */
  unlink(): void {
    if (this.#state === 'active') this.#onEnd(this)
    this.#state = 'removed'
  }

  /**
   * Ends the subscription because its one task has been made; unlike {@link unlink}, that task still runs.
   * Called by the emitter.
   *
   * @internal
   */
  useUp(): void {
    if (this.#state !== 'active') return
    this.#state = 'used-up'
    this.#onEnd(this)
  }

  /** Unlinks, as {@link unlink} does. */
  [Symbol.dispose](): void {
    this.unlink()
  }
}

const KNOWN_OPTIONS: Readonly<Record<keyof LinkOptions, (value: unknown) => boolean>> = {
  local: isBoolean,
  executor: (value) => typeof value === 'string',
  once: isBoolean,
  signal: isAbortSignal,
  filter: isFunction,
  timeoutMs: isPositiveMs,
  retry: () => true,
  order: (value) => value === 'serial' || isFunction(value),
  onSuccess: isFunction,
  onFailure: isFunction,
}

/**
 * Refuses options that would be ignored or misread.
 *
 * @throws {@link InvalidOptionError} naming the option
 */
export function checkLinkOptions(options: unknown, where: () => string): asserts options is LinkOptions {
  checkOptions(options, KNOWN_OPTIONS, where)
  const { retry, local, executor } = options as LinkOptions
  if (local && executor !== undefined) {
    throw new InvalidOptionError(
      `option executor is ${JSON.stringify(executor)}, and the link is local`,
      where(),
      "leave one of them out: a local handler, such as a bound method, runs on the emitter's own event loop",
    )
  }
  if (retry !== undefined) checkRetryOptions(retry, where)
}
