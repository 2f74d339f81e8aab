/** The objects that a walk has come to: it comes to shared ones, and to those on a cycle, again. */
export class VisitedObjects {
  /** The first one; most payloads have no second, and need no set of them. */
  #first: object | undefined
  #all: Set<object> | undefined

  /** Whether the walk comes to an object for the first time. */
  isNew(object: object): boolean {
    if (this.#first === undefined) {
      this.#first = object
      return true
    }
    this.#all ??= new Set([this.#first])
    const { size } = this.#all
    return this.#all.add(object).size > size
  }
}
