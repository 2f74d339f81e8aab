import { createHmac, timingSafeEqual } from 'node:crypto'
import { isPlainObject } from '@eventlane/core'
import type { Envelope } from './envelope.js'
import { InvalidJobError } from './errors.js'

/** A key that jobs are signed with. */
export interface SigningKey {
  /** Its name on the wire. */
  readonly id: string
  /** At least 16 characters that nobody can guess. */
  readonly secret: string
}

/** Whether it is a list of keys. */
export function areSigningKeys(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (key) =>
        isPlainObject(key) &&
        typeof key.id === 'string' &&
        key.id !== '' &&
        typeof key.secret === 'string' &&
        key.secret.length >= 16,
    )
  )
}

/** Signs an envelope with the first of the keys; without keys it stays as it is. */
export function sign(envelope: Envelope, queue: string, keys: readonly SigningKey[]): Envelope {
  const [key] = keys
  if (key === undefined) return envelope
  return { ...envelope, key: key.id, signature: signatureOf(envelope, queue, key) }
}

/**
 * Refuses an envelope that was signed by none of the keys, or is not as it was signed. Without keys nothing is checked.
 *
 * @throws InvalidJobError
 */
export function verify(envelope: Envelope, queue: string, keys: readonly SigningKey[], job: string): void {
  if (keys.length === 0) return
  const key = keys.find(({ id }) => id === envelope.key)
  if (key === undefined || envelope.signature === undefined)
    throw new InvalidJobError(
      envelope.key === undefined ? 'it is not signed' : 'it is signed with a key that is not known here',
      job,
    )
  const wanted = Buffer.from(signatureOf(envelope, queue, key))
  const found = Buffer.from(envelope.signature)
  if (wanted.length !== found.length || !timingSafeEqual(wanted, found))
    throw new InvalidJobError('its signature does not match what it holds', job)
}

function signatureOf(envelope: Envelope, queue: string, { secret }: SigningKey): string {
  const { key: _key, signature: _signature, ...signed } = envelope
  // Redis may give the fields back in another order.
  const fields = Object.entries(signed)
    .filter(([, value]) => value !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
  return createHmac('sha256', secret)
    .update(JSON.stringify([queue, fields]))
    .digest('base64url')
}
