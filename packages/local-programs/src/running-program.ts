import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ProgramEnd } from './program-end.js'

/** How a program is started. */
export interface StartOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** `node` while it runs a program, its output in pipes and without input. Within a test, `startNode` makes one that ends with it. */
export class RunningProgram {
  /** Settles when it has ended and all that it printed is here. */
  readonly ended: Promise<ProgramEnd>
  readonly #child
  readonly #text = { stdout: '', stderr: '' }

  /** @param args its options, a program and what that gets */
  constructor(args: readonly string[], options: StartOptions) {
    const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => (this.#text[stream] += text))
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code: code ?? String(signal), ...this.#text }))
    })
  }

  /** What it has printed to stdout so far. */
  get stdout(): string {
    return this.#text.stdout
  }

  /** What it has printed to stderr so far. */
  get stderr(): string {
    return this.#text.stderr
  }

  /**
   * Waits until it has printed something.
   *
   * @returns the match
   * @throws Error where it ends before
   */
  async printed(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    for (let hasEnded = false; ;) {
      const match = pattern.exec(this.#text[stream])
      if (match) return match
      if (hasEnded)
        throw new Error(`it has ended without printing ${String(pattern)}:\n${this.stdout}${this.stderr}`)
      hasEnded = await Promise.race([
        once(this.#child[stream], 'data').then(() => false),
        this.ended.then(() => true),
      ])
    }
  }

  /** Sends it a signal; does nothing where it has ended. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}
