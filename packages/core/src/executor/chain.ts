/** What every item of a chain carries: its neighbours. */
export interface Chained<Item> {
  /** The one that came before; `undefined` for the first. */
  previous: Item | undefined
  /** The one that came after; `undefined` for the last. */
  next: Item | undefined
}

/**
 * Items in the order in which they came, of which any can leave at any time. In place of a `Set`, whose hashing costs more
 * than all else that is done for a small task.
 */
export class Chain<Item extends Chained<Item>> implements Iterable<Item> {
  #first: Item | undefined
  #last: Item | undefined

  /** Whether it has no items. */
  get isEmpty(): boolean {
    return this.#first === undefined
  }

  /**
   * Puts an item at the end.
   *
   * @param item must be in no chain
   */
  add(item: Item): void {
    item.previous = this.#last
    item.next = undefined
    if (this.#last) this.#last.next = item
    else this.#first = item
    this.#last = item
  }

  /**
   * Takes an item out.
   *
   * @param item must be in this chain
   */
  remove(item: Item): void {
    const { previous, next } = item
    if (previous) previous.next = next
    else this.#first = next
    if (next) next.previous = previous
    else this.#last = previous
    // An item that has left, and that the garbage collector has yet to find, would keep all those alive that came after it.
    item.previous = undefined
    item.next = undefined
  }

  /** The items of this moment: they may leave meanwhile. */
  [Symbol.iterator](): Iterator<Item> {
    const items: Item[] = []
    for (let item = this.#first; item !== undefined; item = item.next) items.push(item)
    return items.values()
  }
}
