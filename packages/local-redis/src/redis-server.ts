import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** How a server of one's own is set up. */
export interface ServerOptions {
  /** On a unix socket (default), or on a free port of 127.0.0.1. */
  readonly on?: 'socket' | 'loopback'
  /** Whether it writes what it has to disk. Default: no. */
  readonly persistent?: boolean
}

/** A server that ends with the program that started it. */
export class RedisServer implements AsyncDisposable {
  /** A URL, or the path of a unix socket. */
  readonly connection: string
  readonly pid: number | undefined
  readonly #directory: string
  readonly #process: ChildProcess
  readonly #onExit = (): void => {
    this.#process.kill('SIGKILL')
    this.#removeDirectory()
  }

  private constructor(connection: string, directory: string, child: ChildProcess) {
    this.connection = connection
    this.pid = child.pid
    this.#directory = directory
    this.#process = child
    process.once('exit', this.#onExit)
  }

  /** Starts one, and resolves when it answers. */
  static async start(
    program: string,
    { on = 'socket', persistent = false }: ServerOptions = {},
  ): Promise<RedisServer> {
    const directory = mkdtempSync(join(tmpdir(), 'eventlane-redis-'))
    const socket = join(directory, 'redis.sock')
    const port = on === 'loopback' ? String(await freePort()) : '0'
    const address =
      on === 'loopback' ? ['--port', port, '--bind', '127.0.0.1'] : ['--port', '0', '--unixsocket', socket]
    const child = spawn(
      program,
      [
        ...address,
        ...['--save', '', '--appendonly', persistent ? 'yes' : 'no'],
        ...['--maxmemory-policy', 'noeviction', '--dir', directory],
      ],
      { stdio: 'ignore' },
    )
    const server = new RedisServer(on === 'loopback' ? `redis://127.0.0.1:${port}` : socket, directory, child)
    try {
      await Promise.race([answers(server.connection), failure(child)])
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#onExit)
    if (this.#process.pid !== undefined && this.#process.exitCode === null) {
      const exit = once(this.#process, 'exit')
      this.#process.kill('SIGKILL')
      await exit
    }
    this.#removeDirectory()
  }

  #removeDirectory(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

async function answers(connection: string): Promise<void> {
  const client = new Redis(connection, { maxRetriesPerRequest: null, retryStrategy: () => 20 })
  client.on('error', () => undefined)
  try {
    await client.ping()
  } finally {
    client.disconnect()
  }
}

function failure(child: ChildProcess): Promise<never> {
  return new Promise((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      reject(new Error(`${child.spawnfile} ended with ${String(code ?? signal)}`))
    })
  })
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
