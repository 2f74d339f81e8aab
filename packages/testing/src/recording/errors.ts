import { EventlaneError, type HandlerError } from '@eventlane/core'

/** A recorded task cannot be run, fulfilled or rejected. */
export class RecordedTaskError extends EventlaneError {
  static {
    this.prototype.name = 'RecordedTaskError'
  }
  constructor(what: string, where: string | undefined, remedy: string) {
    super({ code: 'ERR_RECORDED_TASK', what, where, remedy })
  }
}

/** Thrown by `run` when handlers that it ran have failed. */
export class RunError extends EventlaneError {
  static {
    this.prototype.name = 'RunError'
  }
  /** One for each handler that failed; its `cause` is what the handler threw. */
  readonly errors: readonly HandlerError[]

  constructor(errors: readonly HandlerError[], total: number) {
    const lines = errors.map(({ message }) => `\n  - ${message.replaceAll('\n', '\n    ')}`)
    super({
      code: 'ERR_RUN',
      what: `${String(errors.length)} of ${String(total)} handlers that were run failed${lines.join('')}`,
      remedy: 'expect run() to reject where a handler is meant to fail',
      cause: errors[0]?.cause,
    })
    this.errors = errors
  }
}
