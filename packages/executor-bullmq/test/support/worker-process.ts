import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { WorkerOptions, WorkerStats } from '@eventlane/executor-bullmq'
import { onTestFinished } from 'vitest'
import { HANDLERS, type Stage } from './stage.js'
import { until } from '@eventlane/testing/witness'

const PROGRAM = fileURLToPath(new URL('./worker-program.mjs', import.meta.url))

/** Options that a process can be told. */
export type ToldOptions = Omit<Partial<WorkerOptions>, 'log' | 'onError' | 'linker' | 'telemetry'>

type Message = { readonly line: string } | { readonly stats: WorkerStats }

/** A worker that is a process of its own, so that it can be killed. */
export class WorkerProcess {
  readonly process: ChildProcess
  /** What it has logged, reported and printed. */
  readonly lines: string[] = []
  readonly #exit: Promise<unknown[]>

  /** Starts it for a stage; {@link ready} waits for it. */
  constructor({ prefix, connection }: Pick<Stage, 'prefix' | 'connection'>, options: ToldOptions = {}) {
    const told = { connection, prefix, modules: [HANDLERS], executor: 'inline', ...LOCKS, ...options }
    this.process = fork(PROGRAM, [JSON.stringify(told)], { silent: true })
    this.process.on('message', (message: Message) => {
      if ('line' in message) this.lines.push(message.line)
    })
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => this.lines.push(text))
    this.#exit = once(this.process, 'exit')
    onTestFinished(() => this.kill())
  }

  get pid(): number {
    return this.process.pid ?? 0
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null
  }

  /** Waits until it takes tasks. */
  async ready(): Promise<this> {
    await this.said('started')
    return this
  }

  /** Waits until it has logged, reported or printed something. */
  async said(text: string): Promise<void> {
    const isSaid = (): boolean => this.lines.some((line) => line.includes(text))
    await until(() => isSaid() || this.hasEnded, `a worker says ${JSON.stringify(text)}`)
    if (!isSaid()) throw new Error(`the worker has ended: ${this.lines.join('\n')}`)
  }

  /** What it has done. */
  async stats(): Promise<WorkerStats> {
    const answered = new Promise<WorkerStats>((resolve) => {
      const hear = (message: Message): void => {
        if (!('stats' in message)) return
        this.process.off('message', hear)
        resolve(message.stats)
      }
      this.process.on('message', hear)
    })
    this.process.send('stats')
    return await answered
  }

  /** Ends it without a warning. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.process.kill(signal)
    await this.#exit
  }

  /** Waits for its end. */
  async ended(): Promise<void> {
    await this.#exit
  }
}

/** Jobs of a worker that was killed are taken up within the sum of these. */
const LOCKS = { lockMs: 1000, stallCheckMs: 500 }
