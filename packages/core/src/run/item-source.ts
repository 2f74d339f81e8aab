type Step<Item> = IteratorResult<Item, unknown>

/** The items of an iterable, synchronous or not, one at a time, as they are asked for. */
export class ItemSource<Item> {
  readonly #iterable: Iterable<Item> | AsyncIterable<Item>
  #iterator: Iterator<Item> | AsyncIterator<Item> | undefined
  #isUnderWay = false
  #isDone = false

  constructor(iterable: Iterable<Item> | AsyncIterable<Item>) {
    this.#iterable = iterable
  }

  /** Whether the next item was asked for, and has not come. */
  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  /** Whether there are no more items, because it has ended, failed or was closed. */
  get isDone(): boolean {
    return this.#isDone
  }

  /**
   * Takes the next item: at once where it is there, later where it must be waited for.
   *
   * @param came called with the item
   * @param ended called where there is none: with why, where the source has failed
   */
  take(came: (item: Item) => void, ended: (failure?: { readonly error: unknown }) => void): void {
    const accept = (step: Step<Item>): void => {
      this.#isUnderWay = false
      if (this.#isDone) return
      if (step.done) {
        this.#isDone = true
        ended()
      } else came(step.value)
    }
    const fail = (error: unknown): void => {
      this.#isUnderWay = false
      if (this.#isDone) return
      this.#isDone = true
      ended({ error })
    }
    let step: Step<Item> | Promise<Step<Item>>
    try {
      step = (this.#iterator ??= iteratorOf(this.#iterable)).next()
    } catch (error) {
      fail(error)
      return
    }
    if (!('then' in step)) {
      accept(step)
      return
    }
    this.#isUnderWay = true
    step.then(accept, fail)
  }

  /** Lets the source clean up, where items are left. One that is held up is told, and not waited for. */
  async close(): Promise<void> {
    if (this.#isDone) return
    this.#isDone = true
    const closed = this.#iterator?.return?.()
    if (!this.#isUnderWay) await closed
    else if (closed instanceof Promise) closed.catch(() => undefined)
  }
}

function iteratorOf<Item>(
  iterable: Iterable<Item> | AsyncIterable<Item>,
): Iterator<Item> | AsyncIterator<Item> {
  return Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]()
}
