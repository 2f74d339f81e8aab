import { payloads } from '@eventlane/core'
import { isPlainObject, isPositiveMs } from '@eventlane/core/executor'
import { InvalidJobError } from '../errors.js'

/** The version of the envelope that is written here, and the only one that is read. */
const VERSION = 1

/** How an ordered task is tried again, in its place in the order. */
export interface EnvelopeRetry {
  readonly attempts: number
  readonly backoff: 'fixed' | 'exponential'
  readonly delayMs: number
  readonly maxDelayMs: number
  readonly jitter: number
}

/** What travels: the data of a job. */
export interface Envelope {
  readonly v: typeof VERSION
  readonly event: string
  /** The handler's name on the wire, or the name of a subscriber group. */
  readonly handler: string
  readonly emission: string
  readonly parent?: string
  /** How many handlers emitted out of handlers to get here. */
  readonly depth: number
  /** When it was emitted, in milliseconds since 1970, by the emitter's clock. */
  readonly at: number
  /** The payload, encoded. */
  readonly body: string
  /** Encoded; left out where the emission has none. */
  readonly metadata?: string
  /** Which attempt this is, where the emitter makes them; from 1. */
  readonly attempt: number
  readonly timeoutMs?: number
  /** Whether an emitter waits for the result. */
  readonly awaited?: true
  readonly retry?: EnvelopeRetry
  /** The key that the job was signed with, and the signature. */
  readonly key?: string
  readonly signature?: string
}

type Check = (value: unknown) => boolean

const isText = (value: unknown): boolean => typeof value === 'string' && value.length <= 2048
const isName = (value: unknown): boolean => isText(value) && value !== ''
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const isBody = (value: unknown): boolean =>
  typeof value === 'string' && bytesAtMost(value, payloads.limits.maxPayloadBytes)
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

const FIELDS: Readonly<Record<keyof Envelope, Check>> = {
  v: (value) => value === VERSION,
  event: isName,
  handler: isName,
  emission: isName,
  parent: isOptional(isName),
  depth: isCount,
  at: isCount,
  body: isBody,
  metadata: isOptional(isBody),
  attempt: (value) => isCount(value) && value !== 0,
  timeoutMs: isOptional(isPositiveMs),
  awaited: isOptional((value) => value === true),
  retry: isOptional(isRetry),
  key: isOptional(isName),
  signature: isOptional(isName),
}

/** A character takes at most three bytes for each of its code units. */
function bytesAtMost(text: string, limit: number): boolean {
  return text.length * 3 <= limit || Buffer.byteLength(text) <= limit
}

const CHECKS = Object.entries(FIELDS)

function isRetry(value: unknown): boolean {
  if (!isPlainObject(value)) return false
  const { attempts, backoff, delayMs, maxDelayMs, jitter } = value
  const isMs = (ms: unknown): boolean => typeof ms === 'number' && ms >= 0 && ms < 2 ** 31
  const isShare = typeof jitter === 'number' && jitter >= 0 && jitter <= 1
  return (
    isCount(attempts) &&
    Number(attempts) >= 1 &&
    (backoff === 'fixed' || backoff === 'exponential') &&
    isMs(delayMs) &&
    isMs(maxDelayMs) &&
    isShare
  )
}

/**
 * Takes the data of a job for an envelope, or refuses it.
 *
 * @throws InvalidJobError naming the field
 */
export function readEnvelope(data: unknown, job: string): Envelope {
  if (!isPlainObject(data)) throw new InvalidJobError('its data is no object', job)
  for (const name of Object.keys(data))
    if (!Object.hasOwn(FIELDS, name))
      throw new InvalidJobError(`unknown field ${JSON.stringify(name.slice(0, 100))}`, job)
  for (const [name, isValid] of CHECKS)
    if (!isValid(data[name])) throw new InvalidJobError(`the field ${name} is missing or wrong`, job)
  return data as unknown as Envelope
}
