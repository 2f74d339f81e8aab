import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe } from 'vitest'
import { findProgram, findRedis, INSTALL_REDIS } from './find-redis.js'
import { RedisServer } from './redis-server.js'

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
  const source = findRedis()
  if (source === undefined) {
    console.warn(`NOT RUN, for want of a Redis: ${title}. To run it: ${INSTALL_REDIS}`)
    describe.skip(`${title} (needs a Redis: ${INSTALL_REDIS})`, () => {
      body(undefined as unknown as TestRedis)
    })
    return
  }
  describe(title, () => {
    let server: RedisServer | undefined
    let client: Redis | undefined
    const redis: TestRedis = {
      get connection() {
        return source.kind === 'url' ? source.url : (server?.connection ?? 'not started')
      },
      prefix: () => `test-${randomUUID()}`,
      get client() {
        return (client ??= new Redis(redis.connection))
      },
    }
    beforeAll(async () => {
      if (source.kind === 'program') server = await new RedisServer(source.program).start()
    })
    afterAll(async () => {
      client?.disconnect()
      await server?.[Symbol.asyncDispose]()
    })
    body(redis)
  })
}

/** Tests that start and end servers of their own. */
export function describeWithServer(title: string, body: (program: string) => void): void {
  findRedis()
  const program = findProgram()
  if (program === undefined) {
    console.warn(`NOT RUN, for want of a redis-server: ${title}. To run it: ${INSTALL_REDIS}`)
    describe.skip(`${title} (needs redis-server: ${INSTALL_REDIS})`, () => {
      body('')
    })
    return
  }
  describe(title, () => {
    body(program)
  })
}
