import type { AsyncResource } from 'node:async_hooks'
import type { HandlerAddress } from '../address.js'
import type { DebugLog } from './debug-log.js'
import type { ExecutionMode, TaskResult } from '../executor/executor.js'
import { addMetadata, legibleMetadata } from '../payload/metadata.js'
import { countsOf } from '../executor/outcome.js'
import type { Payload } from '../payload/payload.js'
import { timesOf } from '../executor/task-times.js'
import { scopeInside } from './trace-scope.js'
import { emitChannel, handleChannel, type EmitMessage, type HandleMessage } from './tracing.js'

type Writable<Message> = { -readonly [Key in keyof Message]: Message[Key] }

/** As much of a task as a trace tells of. */
export interface TracedTask {
  readonly emission: { readonly startedAt: number }
  readonly event: string
  readonly label: string
  readonly address: HandlerAddress | undefined
  readonly emissionId: string
  readonly parentId: string | undefined
  /** What the executor was given for it last. */
  readonly submitted: { readonly attempt: number }
  readonly mode: ExecutionMode
  readonly result: TaskResult | undefined
}

/** An emission, or what stands for one where a task belongs to none. */
export interface TracedEmission {
  readonly emissionTasks: readonly TracedTask[]
  readonly status: string
  /** From the hand-over to the last outcome, in milliseconds. */
  readonly durationMs: number
}

/** One attempt at a task. */
interface HandleTrace {
  readonly message: Writable<HandleMessage>
  /** Has every `AsyncLocalStorage` as the subscribers of `start` bound it. */
  readonly scope: AsyncResource
  metadata: Payload | undefined
}

/** What a trace is of. */
export interface TraceSubject {
  readonly event: string
  readonly emissionId: string
  readonly parentId: string | undefined
  /** The mode of the emitter's executor. */
  readonly mode: ExecutionMode
  readonly debug: DebugLog | undefined
  /** What travels with the emission whose handler emitted this one. */
  readonly parentMetadata?: Payload | undefined
  /** Of a direct run. */
  readonly isDirect?: true
}

/**
 * Tells tracing channels and the debug log of one emission and its tasks. Only emissions that somebody observes when they are
 * made have one, so that the others cost no more than the question whether they have.
 */
export class EmissionTrace {
  readonly emissionId: string
  readonly #message: Writable<EmitMessage>
  readonly #debug: DebugLog | undefined
  #scope: AsyncResource | undefined
  readonly #attempts = new Map<TracedTask, HandleTrace>()
  #isSettled = false

  constructor(subject: TraceSubject) {
    const { debug, event, emissionId, parentId, parentMetadata, mode, isDirect } = subject
    this.emissionId = emissionId
    // What is spread is several times slower to make and to fill up.
    this.#message = { event, emissionId, parentId, mode, addedMetadata: {}, scopes: [] }
    const inherited = parentMetadata && legibleMetadata(parentMetadata)
    if (inherited) this.#message.parentMetadata = inherited
    if (isDirect) this.#message.isDirect = isDirect
    this.#debug = debug
  }

  /** Has the emission made, between `start` and `end`. */
  emit<Made extends TracedEmission>(emit: (trace: this) => Made): Made {
    const message = this.#message
    const emission = emitChannel.start.runStores(message, () => {
      // What subscribers bind to `start` is there in the handlers, wherever their start is told of.
      this.#scope = scopeInside(message.scopes)
      return this.#scope.runInAsyncScope(() => this.#emit(emit))
    })
    if (emission.status === 'settled') this.emissionSettled(emission)
    return emission
  }

  #emit<Made extends TracedEmission>(emit: (trace: this) => Made): Made {
    const message = this.#message
    try {
      const made = emit(this)
      message.tasks = made.emissionTasks.length
      this.#debug?.emitted(message)
      return made
    } catch (error) {
      message.error = error
      this.#debug?.refused(message)
      emitChannel.error.publish(message)
      throw error
    } finally {
      emitChannel.end.publish(message)
    }
  }

  /** The metadata of the emission, with what subscribers added. */
  metadataWith(metadata: Payload | undefined): Payload | undefined {
    return addMetadata(metadata, this.#message.addedMetadata, this.#message.event)
  }

  /** The same of the attempt at a task that has begun; before that, the emission's. */
  metadataOf(task: TracedTask, metadata: Payload | undefined): Payload | undefined {
    const attempt = this.#attempts.get(task)
    if (attempt === undefined) return metadata
    const { addedMetadata, event } = attempt.message
    return (attempt.metadata ??= addMetadata(metadata, addedMetadata, event))
  }

  /** Where a handler that runs in this realm runs, and what it emits belongs. */
  scopeOf(task: TracedTask): AsyncResource | undefined {
    return this.#attempts.get(task)?.scope
  }

  /** Said again where a worker gave the task back, or was lost before it had started. */
  taskBegun(task: TracedTask): void {
    if (this.#attempts.has(task)) return
    const message = messageOf(task, true)
    this.#within(this.#scope, () => {
      handleChannel.start.runStores(message, () => {
        this.#attempts.set(task, { message, scope: scopeInside(message.scopes), metadata: undefined })
      })
    })
    this.#debug?.started(message)
  }

  /** An attempt has failed, and there will be another. */
  attemptFailed(task: TracedTask, result: TaskResult, endedAt: number): void {
    this.#ended(task, result, endedAt, true)
    this.#attempts.delete(task)
  }

  taskSettled(task: TracedTask, result: TaskResult, settledAt: number): void {
    this.#ended(task, result, settledAt, false)
  }

  emissionSettled(emission: TracedEmission): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const message = this.#message
    message.counts = countsOf(emission.emissionTasks.flatMap(({ result }) => result ?? []))
    message.durationMs = emission.durationMs
    this.#within(this.#scope, () => {
      emitChannel.asyncStart.publish(message)
      emitChannel.asyncEnd.publish(message)
    })
  }

  #ended(task: TracedTask, result: TaskResult, endedAt: number, isRetried: boolean): void {
    const attempt = this.#attempts.get(task)
    const message = attempt?.message ?? messageOf(task, false)
    message.outcome = result.status
    message.isRetried = isRetried
    Object.assign(message, timesOf(task.emission.startedAt, result, endedAt))
    if (result.status === 'rejected') message.error = result.error
    else if ('reason' in result) message.reason = result.reason
    this.#debug?.settled(message)
    this.#within(attempt?.scope ?? this.#scope, () => {
      if (result.status === 'rejected') handleChannel.error.publish(message)
      handleChannel.asyncStart.publish(message)
      handleChannel.asyncEnd.publish(message)
    })
  }

  #within(scope: AsyncResource | undefined, publish: () => void): void {
    if (scope) scope.runInAsyncScope(publish)
    else publish()
  }
}

function messageOf(task: TracedTask, hasBegun: boolean): Writable<HandleMessage> {
  const { event, label: handler, address, emissionId, parentId, submitted, mode } = task
  return {
    event,
    handler,
    address,
    emissionId,
    parentId,
    attempt: submitted.attempt,
    mode,
    hasBegun,
    addedMetadata: {},
    scopes: [],
  }
}
