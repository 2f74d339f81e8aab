import { formatAddress, type HandlerAddress } from '../address.js'
import { EventlaneError } from './eventlane-error.js'
import { isError, showThrown } from './thrown.js'

/** A handler cannot be found by a fresh realm that merely imports its module. */
export class HandlerNotPortableError extends EventlaneError {
  static {
    this.prototype.name = 'HandlerNotPortableError'
  }
  /** The address of the handler, where it has one. */
  readonly address: HandlerAddress | undefined

  constructor(what: string, where: string | HandlerAddress, remedy: string, cause?: unknown) {
    const address = typeof where === 'string' ? undefined : where
    super({
      code: 'ERR_HANDLER_NOT_PORTABLE',
      what,
      where: typeof where === 'string' ? where : `handler ${formatAddress(where)}`,
      remedy,
      cause,
    })
    this.address = address
  }
}

/** A handler did not settle within its `timeoutMs`. */
export class HandlerTimeoutError extends EventlaneError {
  static {
    this.prototype.name = 'HandlerTimeoutError'
  }
  constructor(timeoutMs: number, event: string, handler: string) {
    super({
      code: 'ERR_HANDLER_TIMEOUT',
      what: `the handler did not settle within ${String(timeoutMs)} ms`,
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: 'stop early when context.signal aborts, or raise timeoutMs',
    })
  }
}

/** One handler's failure inside an {@link EmissionError}; `cause` is what the handler threw. */
export class HandlerError extends EventlaneError {
  static {
    this.prototype.name = 'HandlerError'
  }
  /** The handler, as `name (module)`. */
  readonly handler: string

  constructor(event: string, handler: string, cause: unknown) {
    super({
      code: 'ERR_HANDLER_FAILED',
      what: isError(cause) ? showThrown(cause) : `the handler threw ${showThrown(cause)}`,
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      cause,
    })
    this.handler = handler
  }
}

/** `context.emit` was called after its task had ended. */
export class LateEmissionError extends EventlaneError {
  static {
    this.prototype.name = 'LateEmissionError'
  }
  constructor(event: string, handler: string) {
    super({
      code: 'ERR_LATE_EMISSION',
      what: 'context.emit was called after the task of its handler had ended, so nobody could have waited for it',
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: 'emit before the handler returns: await what it starts',
    })
  }
}

/** `context.emit` was called by a handler that was run without an emitter. */
export class NoEmitterError extends EventlaneError {
  static {
    this.prototype.name = 'NoEmitterError'
  }
  constructor(event: string, handler: string) {
    super({
      code: 'ERR_NO_EMITTER',
      what: 'context.emit was called by a handler that was run directly on an executor, so there is no emitter that could emit',
      where: `event ${JSON.stringify(event)}, handler ${handler}`,
      remedy: 'emit an event that the handler is linked to, or return what the caller is to emit',
    })
  }
}
