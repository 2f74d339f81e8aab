import { EventlaneError } from '@eventlane/core'

/** How the realm of a service ended, or why its supervisor ended it. */
export interface ServiceLoss {
  /** To follow "the service", such as `exited with code 3`. */
  readonly reason: string
  /** The exit code of its worker; `undefined` where a signal ended it, or it did not end. */
  readonly exitCode?: number | undefined
  /** The signal that ended its worker, such as `SIGKILL`. */
  readonly exitSignal?: string | undefined
  /** What it threw, where it threw. */
  readonly cause?: unknown
}

/** A service crashed: its worker ended, it threw, or its event loop did not answer. */
export class ServiceLostError extends EventlaneError {
  static {
    this.prototype.name = 'ServiceLostError'
  }
  /** How it ended, in words. */
  readonly reason: string
  /** The exit code of its worker; `undefined` where a signal ended it, or it did not end. */
  readonly exitCode: number | undefined
  /** The signal that ended its worker, such as `SIGKILL`. */
  readonly exitSignal: string | undefined

  constructor(service: string, loss: ServiceLoss, event?: string) {
    super({
      code: 'ERR_SERVICE_LOST',
      what: `the service ${loss.reason}${event === undefined ? '' : ' while it handled this event'}`,
      where: `${service}${event === undefined ? '' : `, event ${JSON.stringify(event)}`}`,
      remedy: `${loss.cause === undefined ? "see the service's own output" : 'see the cause'}${event === undefined ? '' : '; the event may have been handled in part, and is not handled again'}`,
      cause: loss.cause,
    })
    this.reason = loss.reason
    this.exitCode = loss.exitCode
    this.exitSignal = loss.exitSignal
  }
}

/** An event did not get to a service that is subscribed to it; the service never saw it. */
export class ServiceUnavailableError extends EventlaneError {
  static {
    this.prototype.name = 'ServiceUnavailableError'
  }
  constructor(service: string, reason: string, event: string, remedy: string, cause?: unknown) {
    super({
      code: 'ERR_SERVICE_UNAVAILABLE',
      what: `the event did not reach the service: ${reason}`,
      where: `${service}, event ${JSON.stringify(event)}`,
      remedy,
      cause,
    })
  }
}

/** A host could not start all of its services; those that had started have been stopped again. */
export class HostStartError extends EventlaneError {
  static {
    this.prototype.name = 'HostStartError'
  }
  constructor(service: string, cause: unknown) {
    super({
      code: 'ERR_HOST_START',
      what: 'the host did not start: a service has failed, or was stopped, before all were ready',
      where: service,
      remedy: 'see the cause; the services that had started have been stopped',
      cause,
    })
  }
}
