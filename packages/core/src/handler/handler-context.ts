import { Admission } from './admission.js'
import { LateEmissionError } from '../errors/errors.js'
import { warnOfFailure } from '../errors/failure-report.js'
import {
  emittedBy,
  validatePayload,
  type DefaultEvents,
  type EventInstance,
  type EventReference,
} from '../event/event-definition.js'
import type { ExecutionMode, Task } from '../executor/executor.js'
import { readMetadata, type Metadata } from '../payload/metadata.js'
import type { EmitArguments } from '../event/payload-arguments.js'
import { Payload } from '../payload/payload.js'

/**
 * The second argument of every handler. Where a handler is linked to several events, each has a context type of its own, so that
 * `context.event === 'order.placed'` narrows `context.payload`.
 *
 * @typeParam Name the event's name
 * @typeParam Payload what the handler gets
 */
export interface HandlerContext<Name extends string = string, Payload = unknown> {
  /** The event's name. */
  readonly event: Name
  /** The same payload as the first argument. */
  readonly payload: Payload
  /** The emission that this call belongs to. */
  readonly emissionId: string
  /** The emission whose handler emitted this one, if one did. */
  readonly parentId: string | undefined
  /**
   * What travels with the emission beside its payload: what was given to `emit`, and what hooks added. It is a copy of its own,
   * and empty where there is nothing. What the handler emits has the same.
   */
  readonly metadata: Metadata
  /** Which attempt at the task this is: 1, or more where the link retries. */
  readonly attempt: number
  /** Aborts when the task is cancelled, times out, or its executor is shut down by force. */
  readonly signal: AbortSignal
  /** The mode of the executor that runs this call. */
  readonly mode: ExecutionMode
  /**
   * Emits another event from within the handler, in any realm: the event goes out from the emitter that dispatched this
   * task, as a child of its emission. The payload is validated and encoded at once.
   *
   * @returns a promise of admission, not of settlement: waiting in a handler for one's own pool would deadlock it
   * @throws InvalidPayloadError or PayloadNotPortableError at once; the promise rejects with EmitterClosedError,
   *   EmissionDepthError, or LateEmissionError after the handler's task has ended
   */
  emit<Event extends EventReference<DefaultEvents> | EventInstance>(
    this: void,
    event: Event,
    ...payload: EmitArguments<DefaultEvents, Event>
  ): Promise<void>
}

/** The context of one handler call; its signal is only created when the handler looks at it. */
export class TaskContext implements HandlerContext {
  readonly payload: unknown
  readonly mode: ExecutionMode
  readonly #task: Task
  #controller: AbortController | undefined
  #metadata: Metadata | undefined
  #aborted: { readonly reason: unknown } | undefined

  constructor(task: Task, payload: unknown, mode: ExecutionMode) {
    this.#task = task
    this.payload = payload
    this.mode = mode
  }

  get event(): string {
    return this.#task.event
  }

  get emissionId(): string {
    return this.#task.emissionId
  }

  get parentId(): string | undefined {
    return this.#task.parentId
  }

  get metadata(): Metadata {
    return (this.#metadata ??= readMetadata(this.#task.metadata))
  }

  get attempt(): number {
    return this.#task.attempt
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort(this.#aborted.reason)
    }
    return this.#controller.signal
  }

  // A getter, so that handlers may take it out of the context: (order, { emit }) => emit(…).
  get emit(): HandlerContext['emit'] {
    return (event, ...rest) => this.#emit(event, rest)
  }

  #emit(event: unknown, rest: readonly unknown[]): Promise<void> {
    const { name, input } = emittedBy(event, rest)
    const value = validatePayload(event, input)
    const { label, payload: own } = this.#task
    const payload = Payload.of(value, own.passage, { event: name, handler: label })
    return Admission.of(this.#admit(name, payload), (error) => {
      warnOfFailure(name, label, error)
    })
  }

  async #admit(event: string, payload: Payload): Promise<void> {
    if (this.#task.isSettled) throw new LateEmissionError(event, this.#task.label)
    await this.#task.emit(event, payload)
  }

  /** Aborts {@link signal}; only the first call counts. */
  abort(reason: unknown): void {
    this.#aborted ??= { reason }
    this.#controller?.abort(reason)
  }
}
