import { EventlaneError } from './eventlane-error.js'
import { showThrown, showValue } from './thrown.js'

/** A link cannot be made: unknown arguments, or the same handler linked twice with different options. */
export class InvalidLinkError extends EventlaneError {
  static {
    this.prototype.name = 'InvalidLinkError'
  }
  constructor(what: string, where: string, remedy: string) {
    super({ code: 'ERR_INVALID_LINK', what, where, remedy })
  }
}

/** A link cannot be made, because its linker would have more links than its options allow; none was made. */
export class LinkLimitError extends EventlaneError {
  static {
    this.prototype.name = 'LinkLimitError'
  }
  /** The option's value. */
  readonly limit: number

  constructor(option: 'maxLinks' | 'maxLinksPerEvent', limit: number, where: string) {
    super({
      code: 'ERR_LINK_LIMIT',
      what: `the linker has as many links as its option ${option} allows: ${String(limit)}`,
      where,
      remedy: `unlink what is no longer needed (a link made for each request is a leak), or raise ${option}`,
    })
    this.limit = limit
  }
}

/** What `linker.next` waited for will not come, because its link was removed. */
export class LinkRemovedError extends EventlaneError {
  static {
    this.prototype.name = 'LinkRemovedError'
  }
  constructor(where: string) {
    super({
      code: 'ERR_LINK_REMOVED',
      what: 'the link that waited for the next event was removed',
      where,
      remedy: 'linker.clear() removes such links too: wait again, or clear before',
    })
  }
}

/** What a function among a link's options did instead of answering. */
type FunctionMisuse = { readonly thrown: unknown } | { readonly returned: unknown; readonly wanted: string }

/** A function among a link's options, such as `order` or `retryIf`, threw or returned what it must not. */
export class LinkFunctionError extends EventlaneError {
  static {
    this.prototype.name = 'LinkFunctionError'
  }
  /** What the handler had thrown, where the function was asked about that. */
  readonly failure: unknown

  constructor(option: string, misuse: FunctionMisuse, event: string, handler: string, failure?: unknown) {
    const did =
      'thrown' in misuse
        ? `threw ${showThrown(misuse.thrown)}`
        : `returned ${showValue(misuse.returned)}, and must return ${misuse.wanted}`
    super({
      code: 'ERR_LINK_FUNCTION',
      what: `the option ${option} of the link ${did}${failure === undefined ? '' : `; it was asked about ${showThrown(failure)}`}`,
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: `mend ${option}; it is called in the realm of the emitter, and must be synchronous`,
      cause: 'thrown' in misuse ? misuse.thrown : undefined,
    })
    this.failure = failure
  }
}
