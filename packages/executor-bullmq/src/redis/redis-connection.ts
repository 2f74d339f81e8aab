import { InvalidOptionError } from '@eventlane/core'
import { isPlainObject } from '@eventlane/core/executor'
import { Redis, type RedisOptions } from 'ioredis'

/**
 * Where Redis is: a URL (`redis://…`, `rediss://…`, or the path of a unix socket), options of ioredis, or a client whose options
 * are taken. A client that is passed in is itself never used, and stays open.
 */
export type RedisReference = string | RedisOptions | Redis

/** What a connection is for. */
export type ConnectionPurpose = 'producer' | 'consumer'

/** A producer is told at once when Redis is away; a consumer waits for it. */
const SETTINGS: Readonly<Record<ConnectionPurpose, RedisOptions>> = {
  producer: { enableOfflineQueue: false, maxRetriesPerRequest: 1, autoResendUnfulfilledCommands: false },
  // What ioredis subscribes again by itself is a promise that nobody takes.
  consumer: { enableOfflineQueue: true, maxRetriesPerRequest: null, autoResubscribe: false },
}

/** BullMQ reads answers in the older form. */
type Settings = RedisOptions & { readonly replyMapping: 'legacy' }

/** How long to wait before connecting again, in milliseconds: short, since whoever emits is waiting. */
const retryStrategy = (times: number): number => Math.min(50 * times, 1000)

/** Whether it says where Redis is. */
export function isRedisReference(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || isClient(value) || isPlainObject(value)
}

/**
 * Makes a client that is not connected yet. Whoever makes it closes it.
 *
 * @param report told of errors of the connection
 */
export function redisClient(
  reference: RedisReference,
  purpose: ConnectionPurpose,
  report: (error: Error) => void,
): Redis {
  const settings: Settings = {
    ...SETTINGS[purpose],
    lazyConnect: true,
    retryStrategy,
    replyMapping: 'legacy',
  }
  const client = clientFor(reference, settings)
  client.on('error', report)
  return client
}

/** A client of ioredis, or BullMQ's view of one. */
interface Endable {
  readonly status: string
  connect(): Promise<unknown>
  disconnect(): void
  once(event: 'end', listener: () => void): unknown
}

/**
 * Ends a connection, has what was asked of it fail, and resolves then. One that waits to connect again is made to do so first:
 * ioredis would only stop its timer, say nothing, and leave pending what was asked.
 */
export async function endConnection(client: Endable): Promise<void> {
  if (client.status === 'end') return
  if (client.status === 'reconnecting') client.connect().catch(() => undefined)
  await new Promise<void>((resolve) => {
    client.once('end', resolve)
    client.disconnect()
  })
}

function clientFor(reference: RedisReference, settings: Settings): Redis {
  if (typeof reference === 'string') return new Redis(reference, settings)
  if (isClient(reference)) return reference.duplicate(settings)
  if (reference.keyPrefix)
    throw new InvalidOptionError(
      'option connection.keyPrefix cannot be used with BullMQ',
      'connection',
      'use the option prefix instead',
    )
  return new Redis({ ...reference, ...settings })
}

function isClient(value: unknown): value is Redis {
  return typeof value === 'object' && value !== null && 'duplicate' in value && 'status' in value
}
