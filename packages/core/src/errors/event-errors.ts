import { EventlaneError } from './eventlane-error.js'

/** An event definition or event name cannot be used. */
export class InvalidEventError extends EventlaneError {
  static {
    this.prototype.name = 'InvalidEventError'
  }
  constructor(what: string, remedy: string, event?: string, cause?: unknown) {
    super({
      code: 'ERR_INVALID_EVENT',
      what,
      where: event && `event ${JSON.stringify(event)}`,
      remedy,
      cause,
    })
  }
}
