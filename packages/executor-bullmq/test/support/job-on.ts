import { randomUUID } from 'node:crypto'
import { createHash } from 'node:crypto'
import { addressOf, payloads, type AnyHandler } from '@eventlane/core'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import type { TestRedis } from './describe-with-redis.js'

/** A job that no emitter wrote. */
export interface ForeignJob {
  readonly event: string
  /** The handler as an emitter would name it. */
  readonly of?: AnyHandler
  /** The name of the handler. */
  readonly handler?: string
  readonly body?: string
  /** Further fields of the envelope, and others. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** Writes a job straight to Redis. */
export async function jobOn(
  redis: TestRedis,
  prefix: string,
  { event, of, handler = nameOf(of), body = payloads.encode({}), more = {} }: ForeignJob,
): Promise<{ readonly id: string }> {
  const emission = randomUUID()
  const id = `${emission}-${createHash('sha256').update(handler).digest('hex').slice(0, 16)}`
  const connection = new Redis(redis.connection, { maxRetriesPerRequest: null })
  const queue = new Queue('main', { connection, prefix })
  const data = { v: 1, event, handler, emission, depth: 0, at: Date.now(), body, attempt: 1, ...more }
  await queue.add('foreign', data, { jobId: id })
  await queue.close()
  connection.disconnect()
  return { id }
}

function nameOf(handler: AnyHandler | undefined): string {
  const address = handler && addressOf(handler)
  return `@eventlane/executor-bullmq/test/support/handlers#${address?.name ?? ''}`
}
