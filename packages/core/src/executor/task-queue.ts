/** A first-in, first-out queue whose operations take constant time, however long it gets. */
export class TaskQueue<Item> {
  #items: (Item | undefined)[] = []
  #head = 0

  /** How many items it has. */
  get size(): number {
    return this.#items.length - this.#head
  }

  /** Puts an item at the end. */
  push(item: Item): void {
    this.#items.push(item)
  }

  /** The item that {@link shift} would give. */
  peek(): Item | undefined {
    return this.#items[this.#head]
  }

  /** Takes the first item out; `undefined` where there is none. */
  shift(): Item | undefined {
    const item = this.#items[this.#head]
    if (this.#head === this.#items.length) return undefined
    this.#items[this.#head] = undefined
    this.#head += 1
    // Array.shift moves every item once the array is large; moving half of it, rarely, is constant on average.
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** Takes everything out, in order. */
  clear(): Item[] {
    const items = this.#items.slice(this.#head) as Item[]
    this.#items = []
    this.#head = 0
    return items
  }

  /** Puts items before all others, in the order given. */
  unshift(items: readonly Item[]): void {
    this.#items = [...items, ...this.clear()]
  }
}
