import { Backlog } from './backlog.js'
import { LinkFunctionError } from '../errors/errors.js'
import type { Payload } from '../payload/payload.js'

/** What tells apart the tasks of a link that must not overtake each other; compared as `Map` compares its keys. */
export type OrderKey = string | number | bigint | boolean

/** `serial`: one task of the link at a time; a function: one at a time for each key that it returns. */
export type LinkOrder<Payload = never> = 'serial' | ((payload: Payload) => OrderKey)

/** A task in its line, until its turn is over. */
export interface TurnTaker {
  /** Whether it no longer wants its turn. */
  readonly isSettled: boolean
}

interface Waiting {
  readonly taker: TurnTaker
  readonly start: () => void
}

/** Takers of turns, one at a time, in the order in which they came. */
class TaskLine {
  readonly #waiting = new Backlog<Waiting>(({ taker }) => taker.isSettled)
  #current: TurnTaker

  constructor(first: TurnTaker) {
    this.#current = first
  }

  wait(taker: TurnTaker, start: () => void): void {
    this.#waiting.push({ taker, start })
  }

  /** @returns whether nobody is left */
  leave(taker: TurnTaker): boolean {
    if (this.#current !== taker) {
      this.#waiting.died()
      return false
    }
    const next = this.#waiting.shift()
    if (next === undefined) return true
    this.#current = next.taker
    next.start()
    return false
  }
}

/** The lines of an emitter's ordered links: a task's turn lasts from the start of its first attempt to the end of its last. */
export class TaskOrder {
  readonly #lines = new Map<object, Map<OrderKey, TaskLine>>()

  /** Gets into a line. `start` is called when the turn has come, at once where nobody is there. */
  enter(link: object, key: OrderKey, taker: TurnTaker, start: () => void): void {
    const lines = this.#lines.get(link) ?? new Map<OrderKey, TaskLine>()
    const line = lines.get(key)
    if (line !== undefined) {
      line.wait(taker, start)
      return
    }
    lines.set(key, new TaskLine(taker))
    this.#lines.set(link, lines)
    start()
  }

  /** Ends a turn, or gives up waiting for it. */
  leave(link: object, key: OrderKey, taker: TurnTaker): void {
    const lines = this.#lines.get(link)
    if (!lines?.get(key)?.leave(taker)) return
    lines.delete(key)
    if (lines.size === 0) this.#lines.delete(link)
  }
}

/**
 * The key of a payload.
 *
 * @throws {@link LinkFunctionError} when the link's `order` throws, or returns what cannot be a key
 */
export function orderKey(order: LinkOrder, payload: Payload, event: string, handler: string): OrderKey {
  if (order === 'serial') return ''
  let key: unknown
  try {
    key = order(payload.read() as never)
  } catch (thrown) {
    throw new LinkFunctionError('order', { thrown }, event, handler)
  }
  if (isOrderKey(key)) return key
  throw new LinkFunctionError(
    'order',
    { returned: key, wanted: 'a string, a number, a bigint or a boolean' },
    event,
    handler,
  )
}

function isOrderKey(key: unknown): key is OrderKey {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof key)
}
