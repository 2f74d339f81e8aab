import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A command that somebody waits for. */
interface Awaited {
  readonly command: string
  readonly isKept: boolean
  readonly come: () => void
}

/** Stands between clients and a Redis on a unix socket: cuts connections, or keeps from Redis what is said on one. */
export class RedisProxy {
  /** What goes into the option `connection`. */
  readonly connection: string
  readonly #directory = mkdtempSync(join(tmpdir(), 'eventlane-proxy-'))
  readonly #sockets = new Set<Socket>()
  readonly #server
  #awaited: Awaited | undefined

  constructor(redis: string) {
    this.connection = join(this.#directory, 'redis.sock')
    this.#server = createServer((socket) => {
      const upstream = connect(redis)
      upstream.pipe(socket)
      let isKept = false
      socket.on('data', (data) => {
        const awaited = this.#awaited
        const isAwaited = awaited !== undefined && data.toString().includes(awaited.command)
        isKept ||= isAwaited && awaited.isKept
        if (!isKept) upstream.write(data)
        if (isAwaited) awaited.come()
      })
      for (const [end, other] of [
        [socket, upstream],
        [upstream, socket],
      ] as const) {
        this.#sockets.add(end)
        end.on('error', () => undefined)
        end.on('close', () => {
          this.#sockets.delete(end)
          other.destroy()
        })
      }
    })
    onTestFinished(async () => {
      this.cut()
      this.#server.close()
      await once(this.#server, 'close')
      rmSync(this.#directory, { recursive: true, force: true })
    })
  }

  async start(): Promise<this> {
    this.#server.listen(this.connection)
    await once(this.#server, 'listening')
    return this
  }

  /** Ends all connections; there can be new ones. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Lets nothing through of a connection that gives this command, from there on; resolves when there is one. */
  keeping(command: string): Promise<void> {
    return this.#waitFor(command, true)
  }

  /** Resolves when such a command has been let through. */
  passing(command: string): Promise<void> {
    return this.#waitFor(command, false)
  }

  #waitFor(command: string, isKept: boolean): Promise<void> {
    return new Promise((come) => (this.#awaited = { command, isKept, come }))
  }
}
