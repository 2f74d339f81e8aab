import type { BoundHandler } from './handler.js'
import type { Link } from './link.js'

const NO_LINKS: readonly Link[] = []

/** What handlers are told apart by first: the object that they are methods of, or the function. */
function subjectOf({ receiver, handler }: BoundHandler): object {
  return receiver ?? handler
}

/** The links of one event, in link order. Linking and unlinking take constant time, however many there are. */
class LinkSet {
  readonly #bySubject = new Map<object, Link[]>()
  #size = 0
  // Never changed, only replaced: an emission holds the one it began with.
  #links: readonly Link[] | undefined

  get size(): number {
    return this.#size
  }

  get links(): readonly Link[] {
    return (this.#links ??= inLinkOrder([...this.#bySubject.values()].flat()))
  }

  add(link: Link): void {
    const subject = subjectOf(link.bound)
    const links = this.#bySubject.get(subject)
    if (links === undefined) this.#bySubject.set(subject, [link])
    else links.push(link)
    this.#size += 1
    this.#links = undefined
  }

  delete(link: Link): void {
    const subject = subjectOf(link.bound)
    const links = this.#bySubject.get(subject)
    const left = links?.filter((other) => other !== link)
    if (links === undefined || left === undefined || left.length === links.length) return
    if (left.length === 0) this.#bySubject.delete(subject)
    else this.#bySubject.set(subject, left)
    this.#size -= 1
    this.#links = undefined
  }

  of(bound: BoundHandler): readonly Link[] {
    return this.#bySubject.get(subjectOf(bound))?.filter((link) => link.isOf(bound)) ?? NO_LINKS
  }
}

function inLinkOrder(links: Link[]): readonly Link[] {
  return links.sort((a, b) => a.position - b.position)
}

/** The links of a linker by the keys of their events, and which of them an emission goes to. */
export class LinkRegistry {
  readonly #sets = new Map<string, LinkSet>()

  /** The events that have links. */
  get keys(): string[] {
    return [...this.#sets.keys()]
  }

  /** All links, in link order. */
  get links(): readonly Link[] {
    const sets = [...this.#sets.values()]
    return inLinkOrder([...new Set(sets.flatMap(({ links }) => links))])
  }

  /** The links that an emission of that name goes to, in link order. */
  match(name: string): readonly Link[] {
    return this.#sets.get(name)?.links ?? NO_LINKS
  }

  /** The links of a handler to any of these events. */
  linksOf(bound: BoundHandler, keys: readonly string[]): readonly Link[] {
    return keys.flatMap((key) => this.#sets.get(key)?.of(bound) ?? NO_LINKS)
  }

  /** The links of exactly that event. */
  linksAt(key: string): readonly Link[] {
    return this.#sets.get(key)?.links ?? NO_LINKS
  }

  add(link: Link): void {
    for (const key of link.events) {
      const set = this.#sets.get(key) ?? new LinkSet()
      set.add(link)
      this.#sets.set(key, set)
    }
  }

  delete(link: Link, keys: readonly string[] = link.events): void {
    for (const key of keys) {
      const set = this.#sets.get(key)
      set?.delete(link)
      if (set?.size === 0) this.#sets.delete(key)
    }
  }
}
