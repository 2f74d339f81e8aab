import type { Redis } from 'ioredis'
import { isPlainObject } from '@eventlane/core'

/** Asks the worker that runs a job, wherever it is, to stop. */
export interface CancelMessage {
  readonly job: string
  /** In words. */
  readonly reason: string
}

/** The channel on which the workers of a group are spoken to. */
export function controlChannel(prefix: string, group: string): string {
  return `${prefix}:${group}:eventlane:control`
}

/** Says it to all workers of a group. */
export async function publishCancel(client: Redis, channel: string, message: CancelMessage): Promise<void> {
  await client.publish(channel, JSON.stringify(message))
}

/** Takes a message for one, where it is. */
export function readCancel(text: string): CancelMessage | undefined {
  if (text.length > 10_000) return undefined
  try {
    const message: unknown = JSON.parse(text)
    if (!isPlainObject(message)) return undefined
    const { job, reason } = message
    return typeof job === 'string' && typeof reason === 'string' ? { job, reason } : undefined
  } catch {
    return undefined
  }
}
