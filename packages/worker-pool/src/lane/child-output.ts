import type { ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'

/** How much of what a process writes to stderr is kept, in characters. */
const TAIL = 4096
/** How long its pipes may stay open after its end, in milliseconds; a process that it has started may hold them. */
const OUTLIVE_MS = 1000

/**
 * What a child process prints. tinypool pipes it into the program's own output, and stops doing so when the process ends,
 * whatever is left; and it keeps nothing of what a dying process says about itself.
 */
export class ChildOutput {
  readonly #pipes: readonly (readonly [Readable, Writable])[]
  #tail = ''

  constructor({ stdout, stderr }: ChildProcess) {
    this.#pipes = [
      ...(stdout ? [[stdout, process.stdout] as const] : []),
      ...(stderr ? [[stderr, process.stderr] as const] : []),
    ]
    stderr?.on('data', (chunk: Buffer) => {
      this.#tail = (this.#tail + chunk.toString()).slice(-TAIL)
    })
  }

  /** The last that the process wrote to stderr. */
  get stderr(): string {
    return this.#tail.trim()
  }

  /** Passes on what is left after the end of the process; resolves when that is done. */
  async finish(): Promise<void> {
    await Promise.all(
      this.#pipes.map(async ([source, destination]) => {
        if (source.readableEnded || source.destroyed) return
        const socket = source instanceof Socket ? source : undefined
        // The program waits for it.
        socket?.ref()
        source.pipe(destination)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, OUTLIVE_MS)
          source.once('close', () => {
            clearTimeout(timer)
            resolve()
          })
        })
        socket?.unref()
      }),
    )
  }
}
