import { LinkFunctionError } from '../errors/errors.js'
import type { Link } from './link.js'
import type { Payload } from '../payload/payload.js'
import { orderKey, type OrderKey } from '../executor/task-order.js'

type PayloadForm = (link: Link, payload: Payload, event: string) => Payload

/**
 * What the functions of links, their `filter` and `order`, say to an emission. They are the user's, and may emit and unlink, so
 * all have been called before anything is made of what they say.
 */
export class LinkSelection {
  /** The links that get a task. */
  readonly links: readonly Link[]
  readonly #keys = new Map<Link, OrderKey>()
  readonly #errors = new Map<Link, LinkFunctionError>()

  private constructor(links: readonly Link[], payload: Payload, event: string, formOf: PayloadForm) {
    const passed = links.filter((link) => this.#passes(link, payload, event, formOf))
    // One of the functions may have emitted the event too.
    this.links = passed.filter((link) => !link.options.once || !link.isUsedUp)
  }

  /**
   * @param formOf how the payload gets to the handler of a link, and so to its functions
   * @returns `undefined` where no link has such a function, and all get a task
   */
  static of(
    links: readonly Link[],
    payload: Payload,
    event: string,
    formOf: PayloadForm,
  ): LinkSelection | undefined {
    for (const link of links) if (link.hasFunctions) return new LinkSelection(links, payload, event, formOf)
    return undefined
  }

  /** Why the task of a link is rejected. */
  errorOf(link: Link): LinkFunctionError | undefined {
    return this.#errors.get(link)
  }

  /** What tells apart the tasks of an ordered link that must not overtake each other. */
  keyOf(link: Link): OrderKey {
    return this.#keys.get(link) ?? ''
  }

  #passes(link: Link, emitted: Payload, event: string, formOf: PayloadForm): boolean {
    const { filter, order } = link.options
    if (filter === undefined && order === undefined) return true
    const payload = formOf(link, emitted, event)
    try {
      if (filter !== undefined && !isWanted(filter, payload, event, link.label)) return false
      if (order !== undefined) this.#keys.set(link, orderKey(order, payload, event, link.label))
    } catch (error) {
      if (!(error instanceof LinkFunctionError)) throw error
      this.#errors.set(link, error)
    }
    return true
  }
}

/** @throws {@link LinkFunctionError} when the filter throws, or does not say yes or no */
function isWanted(
  filter: NonNullable<Link['options']['filter']>,
  payload: Payload,
  event: string,
  handler: string,
): boolean {
  let answer: unknown
  try {
    answer = filter(payload.read() as never, event)
  } catch (thrown) {
    throw new LinkFunctionError('filter', { thrown }, event, handler)
  }
  if (typeof answer === 'boolean') return answer
  throw new LinkFunctionError('filter', { returned: answer, wanted: 'true or false' }, event, handler)
}
