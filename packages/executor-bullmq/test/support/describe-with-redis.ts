import { randomUUID } from 'node:crypto'
import {
  findLocalRedis,
  findServerProgram,
  hasRedisFor,
  INSTALL_REDIS,
  type LocalRedis,
} from '@eventlane/local-redis'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe } from 'vitest'

/** The Redis of a test file. */
export interface TestRedis {
  /** What goes into the option `connection`. */
  readonly connection: string
  /** A prefix that nobody else has. */
  readonly prefix: () => string
  /** A client for looking behind the scenes. */
  readonly client: Redis
}

/** Tests that need a Redis; where there is none they are skipped, and say what they need. */
export function describeWithRedis(title: string, body: (redis: TestRedis) => void): void {
  if (!hasRedisFor(title)) {
    describe.skip(`${title} (${INSTALL_REDIS})`, () => {
      body(undefined as unknown as TestRedis)
    })
    return
  }
  describe(title, () => {
    let local: LocalRedis | undefined
    let client: Redis | undefined
    const redis: TestRedis = {
      get connection() {
        return local?.connection ?? 'not started'
      },
      prefix: () => `test-${randomUUID()}`,
      get client() {
        return (client ??= new Redis(redis.connection))
      },
    }
    beforeAll(async () => {
      local = await findLocalRedis()
    })
    afterAll(async () => {
      client?.disconnect()
      await local?.[Symbol.asyncDispose]()
    })
    body(redis)
  })
}

/** Tests that start and end servers of their own. */
export function describeWithServer(title: string, body: (program: string) => void): void {
  const program = findServerProgram(process.env.PATH ?? '')
  if (program === undefined) {
    if (hasRedisFor(title)) console.warn(`NOT RUN, for want of a redis-server: ${title}. ${INSTALL_REDIS}`)
    describe.skip(`${title} (needs redis-server: ${INSTALL_REDIS})`, () => {
      body('')
    })
    return
  }
  describe(title, () => {
    body(program)
  })
}
