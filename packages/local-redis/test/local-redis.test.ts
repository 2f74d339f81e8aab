import { existsSync } from 'node:fs'
import { findLocalRedis } from '@eventlane/local-redis'
import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'

const hasServer =
  (await findLocalRedis({}, { PATH: process.env.PATH }))?.[Symbol.asyncDispose]() !== undefined

describe('findLocalRedis', () => {
  it('takes the one at REDIS_URL', async () => {
    await using redis = await findLocalRedis({}, { REDIS_URL: 'redis://far.away' })
    expect(redis).toMatchObject({ connection: 'redis://far.away', origin: 'REDIS_URL' })
  })

  it('finds none where neither REDIS_URL nor PATH leads to one', async () => {
    expect(await findLocalRedis({}, { PATH: '/nowhere' })).toBeUndefined()
    expect(await findLocalRedis({}, {})).toBeUndefined()
  })

  it.skipIf(!hasServer).each(['socket', 'loopback'] as const)(
    'starts one on its %s, which refuses to evict and ends with the scope',
    async (on) => {
      let connection: string
      {
        await using redis = await findLocalRedis({ on }, { PATH: process.env.PATH })
        connection = redis!.connection
        const client = new Redis(connection)
        expect(await client.config('GET', 'maxmemory-policy')).toContain('noeviction')
        client.disconnect()
      }
      if (on === 'socket') expect(existsSync(connection)).toBe(false)
      const client = new Redis(connection, { maxRetriesPerRequest: 0, retryStrategy: () => null })
      client.on('error', () => {})
      await expect(client.ping()).rejects.toThrow()
      client.disconnect()
    },
  )
})
