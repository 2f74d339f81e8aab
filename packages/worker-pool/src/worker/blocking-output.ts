import type { Writable } from 'node:stream'

interface PipeStream extends Writable {
  /** Not documented, and all there is. */
  readonly _handle?: { setBlocking?: (isBlocking: boolean) => void } | null
}

/** Has output written when it is printed: what Node.js buffers for a pipe is lost when a handler calls `process.exit`. */
export function blockOnOutput(): void {
  for (const stream of [process.stdout, process.stderr] as PipeStream[]) stream._handle?.setBlocking?.(true)
}
