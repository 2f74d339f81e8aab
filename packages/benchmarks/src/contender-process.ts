import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Contender, Figure } from './contest.js'
import { collectYoungGarbage } from './garbage.js'

/** What a contender's process is asked for. */
interface SampleRequest<Task> {
  readonly task: Task
  readonly sampleMs: number
}

/** What it answers. */
type SampleReply = { readonly figures: readonly Figure[] } | { readonly error: string }

/**
 * A process of a subject's own. What one of them does to its process (before Node.js 24, `AsyncLocalStorage` makes every
 * promise slower) is not to be paid by the others.
 */
export class ContenderProcess<Task> implements Disposable {
  readonly #subject: string
  readonly #child: ChildProcess

  /** @param program calls {@link answerSamples}; its first argument is the subject, then come `args` */
  constructor(subject: string, program: URL, args: readonly string[] = []) {
    this.#subject = subject
    this.#child = fork(fileURLToPath(program), [subject, ...args])
  }

  contender(task: Task): Contender {
    return { subject: this.#subject, measure: (sampleMs) => this.#measure({ task, sampleMs }) }
  }

  async #measure(request: SampleRequest<Task>): Promise<readonly Figure[]> {
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

/** In a contender's process: takes samples as they are asked for, until the parent is gone. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- what the parent sends
export function answerSamples<Task>(contenderOf: (task: Task) => Contender): void {
  const answer = async ({ task, sampleMs }: SampleRequest<Task>): Promise<SampleReply> => {
    try {
      const { measure } = contenderOf(task)
      collectYoungGarbage()
      return { figures: await measure(sampleMs) }
    } catch (error) {
      return { error: String(error) }
    }
  }
  process.on('message', (request: SampleRequest<Task>) => {
    void answer(request).then((reply) => process.send?.(reply))
  })
  process.on('disconnect', () => process.exit())
}
