import { performance } from 'node:perf_hooks'
import type { WriteStream } from 'node:tty'
import { Presets, SingleBar } from 'cli-progress'
import { formatCount, formatSeconds } from './format.js'

/** Tells how far an audit has come. */
export interface Progress {
  begin(title: string, total: number): void
  advance(): void
  end(seconds: number): void
}

/** A bar on a terminal; in a pipe a line now and then and one at the end, or nothing where nobody is to read it. */
export function createProgress(stream: WriteStream, quietInPipe: boolean): Progress {
  if (stream.isTTY) return new ProgressBar(stream)
  return quietInPipe ? new NoProgress() : new ProgressLines(stream)
}

class ProgressBar implements Progress {
  readonly #bar: SingleBar

  constructor(stream: WriteStream) {
    const options = {
      stream,
      format: '{title}  {bar}  {value} of {total} files',
      barsize: 30,
      clearOnComplete: true,
      hideCursor: true,
      // Ctrl-C is the program's own affair.
      gracefulExit: false,
    }
    this.#bar = new SingleBar(options, Presets.shades_classic)
  }

  begin(title: string, total: number): void {
    this.#bar.start(total, 0, { title })
  }

  advance(): void {
    this.#bar.increment()
  }

  end(): void {
    this.#bar.stop()
  }
}

const LINE_EVERY_MS = 2000

class ProgressLines implements Progress {
  readonly #stream: NodeJS.WritableStream
  #title = ''
  #total = 0
  #done = 0
  #lineAt = 0

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
  }

  begin(title: string, total: number): void {
    this.#title = title
    this.#total = total
    this.#done = 0
    this.#lineAt = performance.now() + LINE_EVERY_MS
  }

  advance(): void {
    this.#done += 1
    if (performance.now() < this.#lineAt) return
    this.#lineAt = performance.now() + LINE_EVERY_MS
    this.#stream.write(`${this.#title}: ${formatCount(this.#done)} of ${formatCount(this.#total)} files\n`)
  }

  end(seconds: number): void {
    this.#stream.write(`${this.#title}: ${formatCount(this.#done)} files in ${formatSeconds(seconds)}\n`)
  }
}

class NoProgress implements Progress {
  begin(): void {}
  advance(): void {}
  end(): void {}
}
