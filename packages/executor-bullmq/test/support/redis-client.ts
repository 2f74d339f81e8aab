import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'

/** A client for one test, to look at a Redis and to meddle with it. */
export function redisClient(connection: string): Redis {
  const client = new Redis(connection)
  onTestFinished(() => {
    client.disconnect()
  })
  return client
}
