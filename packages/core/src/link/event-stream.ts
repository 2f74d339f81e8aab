import { isEventAlone } from '../event/event-selector.js'
import type { BoundHandler } from '../handler/handler.js'
import type { HandlerContext } from '../handler/handler-context.js'
import type { Link, LinkFilter, LinkReceiver } from './link.js'
import { checkOptions, isAbortSignal, isFunction, isLimit } from '../options.js'
import type { Subscriptions } from './subscriptions.js'
import { TaskQueue } from '../executor/task-queue.js'

/** Options of `linker.stream`. */
export interface StreamOptions<Payload = never> {
  /** Which payloads the stream gets. Default: all. */
  readonly filter?: LinkFilter<Payload>
  /** Ends the stream when it aborts: after what is buffered, the iterator throws its reason. */
  readonly signal?: AbortSignal
  /**
   * How many items may be buffered; the task of each further one ends only when it has moved up that far. At least 1, or
   * `Infinity` for no limit. Default: 1024.
   */
  readonly highWaterMark?: number
}

const HIGH_WATER_MARK = 1024

const STREAM_OPTIONS: Readonly<Record<keyof StreamOptions, (value: unknown) => boolean>> = {
  filter: isFunction,
  signal: isAbortSignal,
  highWaterMark: isLimit,
}

interface Waiting<Item> {
  readonly resolve: (result: IteratorResult<Item, undefined>) => void
  readonly reject: (reason: unknown) => void
}

/**
 * The payloads of events as an async iterator; made by `linker.stream`. It is linked from the moment it is made, and ends when the
 * loop over it is left.
 */
export class EventStream<Item> implements AsyncIterableIterator<Item>, AsyncDisposable {
  readonly #highWaterMark: number
  readonly #buffer = new TaskQueue<{ readonly item: Item }>()
  /** Ends the tasks of the items beyond the high-water mark, the oldest first. */
  readonly #held = new TaskQueue<() => void>()
  readonly #waiting = new TaskQueue<Waiting<Item>>()
  readonly #link: Link
  /** Why nothing more comes; with what the iterator throws then, once. */
  #ending: { reason?: unknown } | undefined

  private constructor(
    subscriptions: Subscriptions,
    events: unknown,
    { filter, signal, highWaterMark = HIGH_WATER_MARK }: StreamOptions,
  ) {
    this.#highWaterMark = highWaterMark
    const bound: BoundHandler = {
      handler: isEventAlone(events)
        ? (payload: Item) => this.#receive(payload)
        : (payload: Item, { event }: HandlerContext) => this.#receive({ event, payload } as Item),
      receiver: undefined,
      address: undefined,
    }
    const receiver: LinkReceiver = {
      ended: () => {
        this.#end(signal?.aborted ? { reason: signal.reason as unknown } : {})
      },
    }
    const options = { local: true, ...(filter && { filter }), ...(signal && { signal }) }
    const [link] = subscriptions.add([{ events, bound, options, receiver }])
    this.#link = link as Link
    if (signal?.aborted) receiver.ended(this.#link)
  }

  /** Streams are made by `linker.stream`. */
  static of<Item>(subscriptions: Subscriptions, events: unknown, options: StreamOptions): EventStream<Item> {
    checkOptions(options, STREAM_OPTIONS, () => 'linker.stream()')
    return new EventStream(subscriptions, events, options)
  }

  /** How many items have come and were not taken. */
  get buffered(): number {
    return this.#buffer.size
  }

  /** The next item, as soon as there is one. */
  next(): Promise<IteratorResult<Item, undefined>> {
    const buffered = this.#buffer.shift()
    if (buffered !== undefined) {
      this.#held.shift()?.()
      return Promise.resolve({ value: buffered.item, done: false })
    }
    if (this.#ending === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject })
      })
    }
    if (!('reason' in this.#ending)) return Promise.resolve({ value: undefined, done: true })
    const reason = this.#ending.reason as Error
    this.#ending = {}
    return Promise.reject(reason)
  }

  /** Ends the stream; what is buffered is dropped, and its tasks end. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.#ending ??= {}
    this.#link.unlink()
    this.#buffer.clear()
    for (const release of this.#held.clear()) release()
    this.#ending = {}
    for (const { resolve } of this.#waiting.clear()) resolve({ value: undefined, done: true })
    return Promise.resolve({ value: undefined, done: true })
  }

  /** The stream itself: `for await` takes events out of it. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** Ends the stream, as {@link return} does. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #receive(item: Item): Promise<void> | undefined {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      waiting.resolve({ value: item, done: false })
      return undefined
    }
    this.#buffer.push({ item })
    if (this.#buffer.size <= this.#highWaterMark) return undefined
    return new Promise((release) => {
      this.#held.push(release)
    })
  }

  #end(ending: { reason?: unknown }): void {
    if (this.#ending !== undefined) return
    this.#ending = ending
    // Where somebody waits, nothing is buffered.
    for (const { resolve, reject } of this.#waiting.clear()) {
      if ('reason' in this.#ending) {
        reject(this.#ending.reason)
        this.#ending = {}
      } else resolve({ value: undefined, done: true })
    }
  }
}
