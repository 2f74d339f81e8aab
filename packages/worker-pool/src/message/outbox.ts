// As it was before a handler could replace it.
const { queueMicrotask } = globalThis

/** No message carries more items than this, so that a flood does not delay its own first task. */
const MAX_ITEMS = 256

/**
 * Collects items and sends them in batches: at the end of the current turn, and while the other side has not yet received
 * `window` messages, as one batch when it has (group commit: the busier the lane, the larger the batches).
 */
export class Outbox<Item> {
  readonly #send: (items: readonly Item[]) => void
  readonly #window: number
  readonly #isMoreComing: () => boolean
  #items: Item[] = []
  #sent = 0
  #received = 0
  #scheduled = false

  /** @param isMoreComing whether further items are to be expected in this turn, so that a batch waits for them */
  constructor(
    send: (items: readonly Item[]) => void,
    window: number,
    isMoreComing: () => boolean = () => false,
  ) {
    this.#send = send
    this.#window = window
    this.#isMoreComing = isMoreComing
  }

  /** How many messages have been sent, the one that is being sent included. */
  get sent(): number {
    return this.#sent
  }

  /** How many of them the other side is known to have received. */
  get receivedCount(): number {
    return this.#received
  }

  push(item: Item): void {
    this.#items.push(item)
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(this.#flushInTime)
  }

  readonly #flushInTime = (): void => {
    if (this.#isMoreComing()) {
      queueMicrotask(this.#flushInTime)
      return
    }
    this.#scheduled = false
    this.flush()
  }

  /** Sends what the window allows, now. */
  flush(): void {
    while (this.#items.length > 0 && this.#sent - this.#received < this.#window) {
      const batch = this.#items.length <= MAX_ITEMS ? this.#items : this.#items.slice(0, MAX_ITEMS)
      this.#items = batch === this.#items ? [] : this.#items.slice(MAX_ITEMS)
      this.#sent += 1
      this.#send(batch)
    }
  }

  /** Takes items back that have not been sent. */
  withdraw(isMeant: (item: Item) => boolean): void {
    this.#items = this.#items.filter((item) => !isMeant(item))
  }

  /** The other side has received a message. */
  received(): void {
    this.#received += 1
    this.flush()
  }
}
