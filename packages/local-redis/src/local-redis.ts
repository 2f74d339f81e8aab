import { RedisServer, type ServerOptions } from './redis-server.js'
import { findServerProgram } from './server-program.js'

/** A Redis to work with; at the end of the scope it ends, if it was started here. */
export interface LocalRedis extends AsyncDisposable {
  /** What goes into an executor's option `connection`. */
  readonly connection: string
  /** Whose it is, in words. */
  readonly origin: string
}

/**
 * The Redis at `REDIS_URL`, or else one of its own, started for it.
 *
 * @param options of one that is started
 * @param environment where `REDIS_URL` and `PATH` are looked up; default: `process.env`
 * @returns `undefined` where the machine has no Redis
 */
export async function findLocalRedis(
  options: ServerOptions = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LocalRedis | undefined> {
  const { REDIS_URL, PATH = '' } = environment
  if (REDIS_URL)
    return { connection: REDIS_URL, origin: 'REDIS_URL', [Symbol.asyncDispose]: () => Promise.resolve() }
  const program = findServerProgram(PATH)
  if (program === undefined) return undefined
  const server = await RedisServer.start(program, options)
  return {
    connection: server.connection,
    origin: `${program}, process ${String(server.pid)}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
