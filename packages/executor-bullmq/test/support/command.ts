import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { until } from '@eventlane/testing/witness'

const PROGRAM = fileURLToPath(new URL('../../dist/command.js', import.meta.url))
export const COMMAND_HANDLERS = fileURLToPath(new URL('./command-handlers.mjs', import.meta.url))

/** `eventlane-worker` as a process of its own. */
export class Command {
  readonly process: ChildProcess
  /** What it has printed. */
  output = ''
  readonly #exit: Promise<unknown[]>

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.process = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text))
    this.#exit = once(this.process, 'exit')
    onTestFinished(async () => {
      this.process.kill('SIGKILL')
      await this.#exit
    })
  }

  /** Waits until it has printed something. */
  async printed(text: string): Promise<void> {
    await until(
      () => this.output.includes(text) || this.process.exitCode !== null,
      `the command prints ${JSON.stringify(text)}`,
    )
    if (!this.output.includes(text)) throw new Error(`the command ended: ${this.output}`)
  }

  /** Waits for its end: its exit code, or the signal that ended it. */
  async ended(): Promise<number | string> {
    await this.#exit
    return this.process.exitCode ?? this.process.signalCode ?? 'unknown'
  }
}
