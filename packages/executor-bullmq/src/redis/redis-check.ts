import { emitProcessWarning } from '@eventlane/core/executor'
import type { Redis } from 'ioredis'
import { UnsafeRedisError } from '../errors.js'

/** What has been warned of. */
const warned = new Set<string>()

/**
 * Looks whether Redis would lose jobs: keys that it evicts are an error, memory that it does not write to disk a warning. Where
 * it does not say, as with hosted ones, nothing is known.
 *
 * @throws UnsafeRedisError
 */
export async function checkRedis(client: Redis): Promise<void> {
  const policy = await setting(client, 'maxmemory-policy')
  const maxMemory = await setting(client, 'maxmemory')
  if (policy !== undefined && policy !== 'noeviction' && maxMemory !== '0') throw new UnsafeRedisError(policy)
  if (policy !== undefined && policy !== 'noeviction')
    warnOnce(
      `Redis is set to evict keys when its memory is full (maxmemory-policy ${policy}); it has no maxmemory now, and would lose jobs if it had`,
      'CONFIG SET maxmemory-policy noeviction',
    )
  const appendOnly = await setting(client, 'appendonly')
  const save = await setting(client, 'save')
  if (appendOnly === 'no' && save === '')
    warnOnce(
      'Redis writes nothing to disk (appendonly no, save ""): when it ends, all waiting jobs are lost',
      'CONFIG SET appendonly yes, and set it in redis.conf',
    )
}

async function setting(client: Redis, name: string): Promise<string | undefined> {
  try {
    const [, value] = await client.config('GET', name)
    return value
  } catch {
    return undefined
  }
}

function warnOnce(what: string, remedy: string): void {
  if (warned.has(what)) return
  warned.add(what)
  emitProcessWarning({ code: 'ERR_UNSAFE_REDIS', what, where: 'connection', remedy })
}
