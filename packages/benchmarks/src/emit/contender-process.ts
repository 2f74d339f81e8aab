import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Contender, Figure } from '../contest.js'
import type { EmitTask } from './delivery.js'
import type { SubjectName } from './subjects.js'

/** What a contender's process is asked for. */
export interface SampleRequest extends EmitTask {
  readonly sampleMs: number
}

/** What it answers. */
export type SampleReply = { readonly figures: readonly Figure[] } | { readonly error: string }

const program = fileURLToPath(new URL('./contender-program.js', import.meta.url))

/**
 * A process of a subject's own. What one of them does to its process (before Node.js 24, `AsyncLocalStorage` makes every
 * promise slower) is not to be paid by the others.
 */
export class ContenderProcess implements Disposable {
  readonly #subject: SubjectName
  readonly #child: ChildProcess

  constructor(subject: SubjectName) {
    this.#subject = subject
    this.#child = fork(program, [subject])
  }

  contender(task: EmitTask): Contender {
    return { subject: this.#subject, measure: (sampleMs) => this.#measure({ ...task, sampleMs }) }
  }

  async #measure(request: SampleRequest): Promise<readonly Figure[]> {
    this.#child.send(request)
    const ended = new AbortController()
    const exit = once(this.#child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
      throw new Error(`the process of ${this.#subject} ended with ${String(code ?? signal)}`)
    })
    exit.catch(() => undefined)
    try {
      const [reply] = (await Promise.race([once(this.#child, 'message'), exit])) as [SampleReply]
      if ('error' in reply) throw new Error(reply.error)
      return reply.figures
    } finally {
      ended.abort()
    }
  }

  [Symbol.dispose](): void {
    this.#child.kill()
  }
}
