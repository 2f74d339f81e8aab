import { createHmac, timingSafeEqual } from 'node:crypto'
import { isPlainObject } from '@eventlane/core/executor'
import type { Envelope } from './envelope.js'
import { InvalidJobError } from '../errors.js'

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
  return keys.length === 0 ? envelope : { ...envelope, ...signText(signedText(envelope, queue), keys) }
}

/**
 * Refuses an envelope that was signed by none of the keys, or is not as it was signed. Without keys nothing is checked.
 *
 * @throws InvalidJobError
 */
export function verify(envelope: Envelope, queue: string, keys: readonly SigningKey[], job: string): void {
  if (keys.length === 0) return
  if (isSignedText(signedText(envelope, queue), envelope.key, envelope.signature, keys)) return
  if (envelope.key === undefined) throw new InvalidJobError('it is not signed', job)
  throw new InvalidJobError(
    keys.some(({ id }) => id === envelope.key)
      ? 'its signature does not match what it holds'
      : 'it is signed with a key that is not known here',
    job,
  )
}

/** What goes beside a text that is signed with the first of the keys. */
export function signText(
  text: string,
  keys: readonly SigningKey[],
): { readonly key?: string; readonly signature?: string } {
  const key = keys.at(0)
  return key === undefined ? {} : { key: key.id, signature: signatureOf(text, key) }
}

/** Whether a text was signed with one of the keys; without keys it need not be. */
export function isSignedText(
  text: string,
  keyId: unknown,
  signature: unknown,
  keys: readonly SigningKey[],
): boolean {
  if (keys.length === 0) return true
  const key = keys.find(({ id }) => id === keyId)
  if (key === undefined || typeof signature !== 'string') return false
  const wanted = Buffer.from(signatureOf(text, key))
  const found = Buffer.from(signature)
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}

function signatureOf(text: string, { secret }: SigningKey): string {
  return createHmac('sha256', secret).update(text).digest('base64url')
}

/** Redis may give the fields back in another order. */
function signedText(envelope: Envelope, queue: string): string {
  const { key: _key, signature: _signature, ...signed } = envelope
  const fields = Object.entries<unknown>(signed)
    .filter(([, value]) => value !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
  return JSON.stringify([queue, fields])
}
