import { randomUUID } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { RedisServer, type RedisServerOptions } from './redis-server.js'

/** A server that a test may end. */
export interface OwnRedis {
  readonly server: RedisServer
  readonly connection: string
  readonly prefix: () => string
}

/** Starts a server for one test; it outlives everything that the test sets up after it. */
export async function ownRedis(program: string, options: RedisServerOptions = {}): Promise<OwnRedis> {
  const server = new RedisServer(program, options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  await server.start()
  return { server, connection: server.connection, prefix: () => `test-${randomUUID()}` }
}
