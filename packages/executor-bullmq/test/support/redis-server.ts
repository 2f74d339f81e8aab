import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** How a server for tests is set up. */
export interface RedisServerOptions {
  /** On a TCP port of 127.0.0.1 instead of a unix socket. */
  readonly port?: number
  /** Writes to disk, so that it keeps what it has when it is killed. */
  readonly persistent?: boolean
  /** Further options of the command line. */
  readonly options?: readonly string[]
}

/** A server of a test's own. */
export class RedisServer implements AsyncDisposable {
  /** What goes into the option `connection`. */
  readonly connection: string
  readonly #program: string
  readonly #directory = mkdtempSync(join(tmpdir(), 'eventlane-redis-'))
  readonly #settings: readonly string[]
  #process: ChildProcess | undefined

  /** @param program from `findProgram` */
  constructor(program: string, { port, persistent = false, options = [] }: RedisServerOptions = {}) {
    this.#program = program
    const socket = join(this.#directory, 'redis.sock')
    this.connection = port === undefined ? socket : `redis://127.0.0.1:${String(port)}`
    this.#settings = [
      ...(port === undefined
        ? ['--port', '0', '--unixsocket', socket]
        : ['--port', String(port), '--bind', '127.0.0.1']),
      ...['--save', '', '--appendonly', persistent ? 'yes' : 'no'],
      ...['--maxmemory-policy', 'noeviction', '--dir', this.#directory],
      ...options,
    ]
  }

  /** Starts it, again where it was ended, and resolves when it answers. */
  async start(): Promise<this> {
    this.#process = spawn(this.#program, this.#settings, { stdio: 'ignore' })
    const client = new Redis(this.connection, { maxRetriesPerRequest: null, retryStrategy: () => 20 })
    client.on('error', () => undefined)
    await client.ping()
    client.disconnect()
    return this
  }

  /** Ends it without a warning, as the kernel does when memory runs out. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const ended = this.#process
    this.#process = undefined
    if (ended?.exitCode !== null || ended.signalCode !== null) return
    const exit = once(ended, 'exit')
    ended.kill(signal)
    await exit
  }

  /** Stops it and has it go on, as a machine that is too busy does. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** A port that nobody listens to. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
