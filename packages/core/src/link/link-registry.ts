import { baseEventNames, classEventVersion } from '../event/class-event.js'
import { isPatternKey, patternKeys } from '../event/event-selector.js'
import type { BoundHandler } from '../handler/handler.js'
import type { Link } from './link.js'

const NO_LINKS: readonly Link[] = []

/** What has been matched is remembered for that many names, since names that are made up as they go are never seen again. */
const MAX_MATCHES = 10_000

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

  /** @returns whether it was there */
  delete(link: Link): boolean {
    const subject = subjectOf(link.bound)
    const links = this.#bySubject.get(subject)
    const left = links?.filter((other) => other !== link)
    if (links === undefined || left === undefined || left.length === links.length) return false
    if (left.length === 0) this.#bySubject.delete(subject)
    else this.#bySubject.set(subject, left)
    this.#size -= 1
    this.#links = undefined
    return true
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
  /** How many keys are patterns. */
  #patterns = 0
  /** The links that an emission goes to, by its name; kept where there are patterns, and for classes that extend others. */
  readonly #matches = new Map<string, readonly Link[]>()

  /** Of which state of the class events the matches are. */
  #classVersion = 0
  #size = 0

  /** How many links there are. */
  get size(): number {
    return this.#size
  }

  /** The events and patterns that have links. */
  get keys(): string[] {
    return [...this.#sets.keys()]
  }

  /** All links, in link order. */
  get links(): readonly Link[] {
    return merged([...this.#sets.values()])
  }

  /** The links that an emission of that name goes to, in link order. */
  match(name: string): readonly Link[] {
    const bases = baseEventNames(name)
    if (this.#patterns === 0 && bases.length === 0) return this.linksAt(name)
    if (this.#classVersion !== classEventVersion()) {
      this.#classVersion = classEventVersion()
      this.#matches.clear()
    }
    const known = this.#matches.get(name)
    if (known !== undefined) return known
    const sets = [name, ...bases, ...patternKeys(name)].flatMap((key) => this.#sets.get(key) ?? [])
    const links = merged(sets)
    if (this.#matches.size >= MAX_MATCHES) this.#matches.clear()
    this.#matches.set(name, links)
    return links
  }

  /** The links at exactly that key. */
  linksAt(key: string): readonly Link[] {
    return this.#sets.get(key)?.links ?? NO_LINKS
  }

  /** How many links are at exactly that key. */
  countAt(key: string): number {
    return this.#sets.get(key)?.size ?? 0
  }

  /** The links of a handler at any of these keys. */
  linksOf(bound: BoundHandler, keys: readonly string[]): readonly Link[] {
    return keys.flatMap((key) => this.#sets.get(key)?.of(bound) ?? NO_LINKS)
  }

  add(link: Link): void {
    this.#size += 1
    for (const key of link.events) {
      const present = this.#sets.get(key)
      const set = present ?? new LinkSet()
      set.add(link)
      this.#changed(key)
      if (present !== undefined) continue
      this.#sets.set(key, set)
      if (isPatternKey(key)) this.#patterns += 1
    }
  }

  /** @returns whether it was there */
  delete(link: Link): boolean {
    const isThere = this.withdraw(link, link.events)
    if (isThere) this.#size -= 1
    return isThere
  }

  /**
   * Takes a link away from some of its keys.
   *
   * @returns whether it was there
   */
  withdraw(link: Link, keys: readonly string[]): boolean {
    let isThere = false
    for (const key of keys) {
      const set = this.#sets.get(key)
      if (set?.delete(link) !== true) continue
      isThere = true
      this.#changed(key)
      if (set.size > 0) continue
      this.#sets.delete(key)
      if (isPatternKey(key)) this.#patterns -= 1
    }
    return isThere
  }

  #changed(key: string): void {
    if (isPatternKey(key) || classEventVersion() > 0) this.#matches.clear()
    else this.#matches.delete(key)
  }
}

/** A link that is in several sets is there once. */
function merged([first, ...others]: readonly LinkSet[]): readonly Link[] {
  if (first === undefined) return NO_LINKS
  if (others.length === 0) return first.links
  const links = new Set(first.links)
  for (const set of others) for (const link of set.links) links.add(link)
  return inLinkOrder([...links])
}
