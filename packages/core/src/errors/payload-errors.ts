import { EventlaneError } from './eventlane-error.js'

/** One complaint of a schema about a payload. */
export interface PayloadIssue {
  /** Path in JavaScript notation, starting with `payload`. */
  readonly path: string
  /** What the schema says of it. */
  readonly message: string
}

/** The payload given to `emit` does not fit the event's schema. */
export class InvalidPayloadError extends EventlaneError {
  static {
    this.prototype.name = 'InvalidPayloadError'
  }
  /** The name of the event. */
  readonly event: string
  /** What does not fit, one entry for each place. */
  readonly issues: readonly PayloadIssue[]

  constructor(event: string, issues: readonly PayloadIssue[], cause?: unknown) {
    super({
      code: 'ERR_INVALID_PAYLOAD',
      what: `the payload does not fit the schema of its event: ${issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')}`,
      where: `event ${JSON.stringify(event)}`,
      remedy: 'emit a payload that the schema accepts; nothing was emitted',
      cause,
    })
    this.event = event
    this.issues = issues
  }
}

/** Something inside a payload that would not survive the trip to another realm. */
export interface PortabilityOffence {
  /** Path in JavaScript notation, such as `payload.items[3].onClick`. */
  readonly path: string
  /** What was found there, such as `function onClick`. */
  readonly found: string
}

/** A payload, or a handler's result, holds something that would not arrive unchanged in another realm. */
export class PayloadNotPortableError extends EventlaneError {
  static {
    this.prototype.name = 'PayloadNotPortableError'
  }
  /** The name of the event; `undefined` for a value that is no payload of one. */
  readonly event: string | undefined
  /** What cannot travel, one entry for each place. */
  readonly offences: readonly PortabilityOffence[]

  constructor(
    offences: readonly PortabilityOffence[],
    remedy: string,
    where?: { event?: string; handler?: string },
  ) {
    const places = [
      where?.event && `event ${JSON.stringify(where.event)}`,
      where?.handler && `handler ${where.handler}`,
    ]
    super({
      code: 'ERR_PAYLOAD_NOT_PORTABLE',
      what: `not portable: ${offences.map(({ path, found }) => `${path} is ${found}`).join('; ')}`,
      where: places.filter(Boolean).join(', ') || undefined,
      remedy,
    })
    this.event = where?.event
    this.offences = offences
  }
}

/** A text that should hold an encoded payload does not. */
export class PayloadDecodeError extends EventlaneError {
  static {
    this.prototype.name = 'PayloadDecodeError'
  }
  constructor(what: string, cause?: unknown) {
    super({
      code: 'ERR_PAYLOAD_DECODE',
      what: `the encoded payload cannot be read: ${what}`,
      remedy: 'decode only what payloads.encode wrote, with the same classes and custom types registered',
      cause,
    })
  }
}
