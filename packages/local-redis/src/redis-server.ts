import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { freePort } from './free-port.js'

/** How a server of one's own is set up. */
export interface ServerOptions {
  /** On a unix socket (default), or on a free port of 127.0.0.1. */
  readonly on?: 'socket' | 'loopback'
  /** Whether it writes what it has to disk, and so has it still after it was killed and started again. Default: no. */
  readonly persistent?: boolean
  /** Further settings, as on its command line. */
  readonly settings?: readonly string[]
}

/** A server that ends with the program that started it. */
export class RedisServer implements AsyncDisposable {
  /** A URL, or the path of a unix socket; the same after a restart. */
  readonly connection: string
  readonly #program: string
  readonly #settings: readonly string[]
  readonly #directory: string
  #process: ChildProcess | undefined
  readonly #onExit = (): void => {
    this.#process?.kill('SIGKILL')
    this.#removeDirectory()
  }

  private constructor(
    program: string,
    directory: string,
    port: number | undefined,
    { persistent = false, settings = [] }: ServerOptions,
  ) {
    const socket = join(directory, 'redis.sock')
    this.#program = program
    this.#directory = directory
    this.connection = port === undefined ? socket : `redis://127.0.0.1:${String(port)}`
    this.#settings = [
      ...(port === undefined
        ? ['--port', '0', '--unixsocket', socket]
        : ['--port', String(port), '--bind', '127.0.0.1']),
      ...['--save', '', '--appendonly', persistent ? 'yes' : 'no'],
      ...['--maxmemory-policy', 'noeviction', '--dir', directory],
      ...settings,
    ]
    process.once('exit', this.#onExit)
  }

  /** Starts one, and resolves when it answers. */
  static async start(program: string, options: ServerOptions = {}): Promise<RedisServer> {
    const port = options.on === 'loopback' ? await freePort() : undefined
    const server = new RedisServer(program, mkdtempSync(join(tmpdir(), 'eventlane-redis-')), port, options)
    try {
      await server.restart()
      return server
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw error
    }
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Starts it again where it was killed, and resolves when it answers. */
  async restart(): Promise<void> {
    const child = spawn(this.#program, this.#settings, { stdio: 'ignore' })
    this.#process = child
    await Promise.race([answers(this.connection), failure(child)])
  }

  /** Ends it without a warning, as the kernel does when memory runs out. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  /** Stops it and has it go on, as a machine that is too busy does. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#onExit)
    await this.kill()
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
