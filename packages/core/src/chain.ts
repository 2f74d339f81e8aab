/** Where an item is in its chain. */
export class ChainPlace<Item> {
  readonly item: Item
  previous: ChainPlace<Item> | undefined
  next: ChainPlace<Item> | undefined

  constructor(item: Item, previous: ChainPlace<Item> | undefined) {
    this.item = item
    this.previous = previous
  }
}

/**
 * Items in the order in which they came, of which any can leave at any time. In place of a `Set`, whose hashing costs more
 * than all else that is done for a small task.
 */
export class Chain<Item> implements Iterable<Item> {
  #first: ChainPlace<Item> | undefined
  #last: ChainPlace<Item> | undefined

  add(item: Item): ChainPlace<Item> {
    const place = new ChainPlace(item, this.#last)
    if (this.#last) this.#last.next = place
    else this.#first = place
    this.#last = place
    return place
  }

  /** @param place must be taken, and is free then */
  remove({ previous, next }: ChainPlace<Item>): void {
    if (previous) previous.next = next
    else this.#first = next
    if (next) next.previous = previous
    else this.#last = previous
  }

  /** Items may leave meanwhile. */
  *[Symbol.iterator](): Generator<Item> {
    for (let place = this.#first; place !== undefined; place = place.next) yield place.item
  }
}
