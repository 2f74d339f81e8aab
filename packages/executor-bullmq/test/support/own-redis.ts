import { randomUUID } from 'node:crypto'
import { RedisServer, type ServerOptions } from '@eventlane/local-redis'
import { onTestFinished } from 'vitest'

/** A server that a test may end. */
export interface OwnRedis {
  readonly server: RedisServer
  readonly connection: string
  readonly prefix: () => string
}

/** Starts a server for one test; it outlives everything that the test sets up after it. */
export async function ownRedis(program: string, options: ServerOptions = {}): Promise<OwnRedis> {
  const server = await RedisServer.start(program, options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { server, connection: server.connection, prefix: () => `test-${randomUUID()}` }
}
