import { errorMessage, listOfMessages } from './error-message.js'
import { BRAND, EventlaneError } from './eventlane-error.js'

/** `emit` was called on an emitter or executor that has been shut down. */
export class EmitterClosedError extends EventlaneError {
  static {
    this.prototype.name = 'EmitterClosedError'
  }
  constructor(what: string, event?: string) {
    super({
      code: 'ERR_EMITTER_CLOSED',
      what,
      where: event && `event ${JSON.stringify(event)}`,
      remedy: 'emit before shutdown() is called or the scope of `await using` is left',
    })
  }
}

/** Handlers emitted from within handlers too many times in a row. */
export class EmissionDepthError extends EventlaneError {
  static {
    this.prototype.name = 'EmissionDepthError'
  }
  constructor(event: string, maxDepth: number) {
    super({
      code: 'ERR_EMISSION_DEPTH',
      what: `handlers have emitted out of handlers ${maxDepth} levels deep`,
      where: `event ${JSON.stringify(event)}`,
      remedy:
        'look for a handler that emits, directly or in a circle, its own event; or raise maxDepth of the emitter',
    })
  }
}

/** `drain()` or `shutdown()` was called where it would wait for its own caller. */
export class DeadlockError extends EventlaneError {
  static {
    this.prototype.name = 'DeadlockError'
  }
  constructor(method: string, event: string) {
    super({
      code: 'ERR_DEADLOCK',
      what: `${method}() of an emitter was called inside one of its own handlers and would wait for itself`,
      where: `event ${JSON.stringify(event)}`,
      remedy: `call ${method}() outside handlers`,
    })
  }
}

/** `drain({ timeoutMs })` ran out of time. */
export class DrainTimeoutError extends EventlaneError {
  static {
    this.prototype.name = 'DrainTimeoutError'
  }
  constructor(timeoutMs: number, pending: number) {
    super({
      code: 'ERR_DRAIN_TIMEOUT',
      what: `${String(pending)} tasks were still unsettled after ${String(timeoutMs)} ms`,
      remedy: 'give drain() more time, or end the work with shutdown({ timeoutMs })',
    })
  }
}

/** Thrown by `await emission` when not every task was fulfilled; `errors` has one entry for each of those. */
export class EmissionError extends AggregateError {
  /** Its code, as errors of this library have one. */
  readonly code = 'ERR_EMISSION'
  /** The name of the event. */
  readonly event: string
  /** One for each task that was not fulfilled. */
  declare readonly errors: EventlaneError[]

  static {
    this.prototype.name = 'EmissionError'
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  constructor(event: string, emissionId: string, errors: readonly EventlaneError[], total: number) {
    const count = `${String(errors.length)} of ${String(total)}`
    const list = listOfMessages(errors.map(({ message }) => message))
    super(
      errors,
      errorMessage({
        code: 'ERR_EMISSION',
        what: `${count} tasks of this emission were not fulfilled`,
        where: `event ${JSON.stringify(event)}, emission ${emissionId}\n${list}`,
      }),
    )
    this.event = event
  }
}
