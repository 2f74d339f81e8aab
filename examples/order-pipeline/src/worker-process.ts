import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./worker.js', import.meta.url))

/** A worker, in a process of its own; on other machines the same program would be started there. */
export class WorkerProcess {
  readonly name: string
  readonly pid: number
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>

  private constructor(name: string, child: ChildProcess) {
    this.name = name
    this.pid = child.pid ?? 0
    this.#child = child
    this.#exit = once(child, 'exit')
  }

  /** Starts one, and resolves when it takes jobs. */
  static async start(name: string, connection: string, prefix: string): Promise<WorkerProcess> {
    const child = fork(PROGRAM, {
      env: { ...process.env, REDIS_URL: connection, PREFIX: prefix, WORKER: name },
    })
    const worker = new WorkerProcess(name, child)
    const ended = worker.#exit.then(() => {
      throw new Error(`worker ${name} ended before it was ready`)
    })
    await Promise.race([once(child, 'message'), ended])
    ended.catch(() => undefined)
    return worker
  }

  /** Without a warning, as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#exit
  }

  /** Lets it finish what it has begun. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM')
    await this.#exit
  }
}
