import { EventlaneError } from './eventlane-error.js'

/** An option of a constructor or call is unknown, of the wrong type, or contradicts another. */
export class InvalidOptionError extends EventlaneError {
  static {
    this.prototype.name = 'InvalidOptionError'
  }
  constructor(what: string, where: string, remedy: string, cause?: unknown) {
    super({ code: 'ERR_INVALID_OPTION', what, where, remedy, cause })
  }
}
