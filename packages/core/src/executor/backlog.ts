import { TaskQueue } from './task-queue.js'

/** Below this many, dead items are not worth a sweep. */
const FEW = 64

/**
 * A queue whose items may die while they wait, because their task is settled from outside. Dead items are never given out,
 * and are swept out when they are the most, so that they take memory in proportion to the living.
 */
export class Backlog<Item> {
  readonly #isDead: (item: Item) => boolean
  readonly #discard: (item: Item) => void
  #queue = new TaskQueue<Item>()
  #deaths = 0

  /** @param discard called once with each dead item, when it leaves the queue */
  constructor(isDead: (item: Item) => boolean, discard: (item: Item) => void = () => undefined) {
    this.#isDead = isDead
    this.#discard = discard
  }

  /** How many items are there, dead ones that have not been swept out included. */
  get size(): number {
    return this.#queue.size
  }

  /** Puts an item behind all others. */
  push(item: Item): void {
    this.#queue.push(item)
  }

  /** The first living item. */
  peek(): Item | undefined {
    for (;;) {
      const item = this.#queue.peek()
      if (item === undefined || !this.#isDead(item)) return item
      this.#queue.shift()
      this.#discard(item)
    }
  }

  /** Takes the first living item out. */
  shift(): Item | undefined {
    const item = this.peek()
    if (item !== undefined) this.#queue.shift()
    return item
  }

  /** Puts items before all others, in the order given. */
  unshift(items: readonly Item[]): void {
    this.#queue.unshift(items)
  }

  /** Takes everything out, in order. */
  clear(): Item[] {
    this.#deaths = 0
    return this.#queue.clear()
  }

  /** Said when an item may have died. */
  died(): void {
    this.#deaths += 1
    if (this.#deaths < FEW || this.#deaths * 2 < this.#queue.size) return
    for (const item of this.clear()) {
      if (this.#isDead(item)) this.#discard(item)
      else this.#queue.push(item)
    }
  }
}
