import { payloads } from '@eventlane/core'
import { isPlainObject } from '@eventlane/core/executor'
import type { Redis } from 'ioredis'
import { isSignedText, signText, type SigningKey } from './signature.js'

/** Asks the worker that runs a job, wherever it is, to stop. */
export interface CancelMessage {
  readonly job: string
  readonly reason: unknown
}

/** Longer messages are not looked at. */
const MAX_MESSAGE_LENGTH = 100_000

/** The channel on which the workers of a group are spoken to. */
export function controlChannel(prefix: string, group: string): string {
  return `${prefix}:${group}:eventlane:control`
}

/** Says it to all workers of a group. */
export async function publishCancel(
  client: Redis,
  channel: string,
  { job, reason }: CancelMessage,
  keys: readonly SigningKey[],
): Promise<void> {
  const text = JSON.stringify({ job, reason: payloads.encodeThrown(reason) })
  await client.publish(channel, JSON.stringify({ text, ...signText(text, keys) }))
}

/** Takes a message for one, where it is. */
export function readCancel(message: string, keys: readonly SigningKey[]): CancelMessage | undefined {
  if (message.length > MAX_MESSAGE_LENGTH) return undefined
  const { text, key, signature } = fieldsIn(message)
  if (typeof text !== 'string' || !isSignedText(text, key, signature, keys)) return undefined
  const { job, reason } = fieldsIn(text)
  if (typeof job !== 'string' || typeof reason !== 'string') return undefined
  return { job, reason: payloads.decodeThrown(reason) }
}

function fieldsIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return isPlainObject(value) ? value : {}
  } catch {
    return {}
  }
}
