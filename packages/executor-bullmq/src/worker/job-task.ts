import { createHash } from 'node:crypto'
import type { HandlerAddress } from '@eventlane/core'
import {
  Payload,
  tracedHandler,
  type BoundHandler,
  type Task,
  type TaskResult,
} from '@eventlane/core/executor'
import type { Envelope } from '../job/envelope.js'
import type { AddressedHandler } from './worker-handlers.js'

/** Emits for handlers. */
export type EmitChild = (task: JobTask, event: string, payload: Payload, emissionId: string) => Promise<void>

/** One attempt at a job, as the executor inside the worker sees it. */
export class JobTask implements Task {
  readonly event: string
  readonly emissionId: string
  readonly parentId: string | undefined
  readonly metadata: Payload | undefined
  readonly address: HandlerAddress
  readonly label: string
  readonly payload: Payload
  readonly timeoutMs: number | undefined
  readonly depth: number
  readonly attempt: number
  readonly gate = undefined
  readonly isForeign = true
  /** Resolves when it has its outcome. */
  readonly settled: Promise<TaskResult>
  readonly #bound: BoundHandler
  readonly #emitChild: EmitChild
  /** How often it has emitted the same. */
  #emitted: Map<string, number> | undefined
  #isOver = false
  #end: () => void = () => undefined
  #resolve: (result: TaskResult) => void = () => undefined
  #result: TaskResult | undefined

  constructor(
    envelope: Envelope,
    { bound, address }: AddressedHandler,
    attempt: number,
    emitChild: EmitChild,
  ) {
    this.event = envelope.event
    this.emissionId = envelope.emission
    this.parentId = envelope.parent
    this.metadata = envelope.metadata === undefined ? undefined : Payload.encoded(envelope.metadata)
    this.address = address
    this.label = envelope.handler
    this.payload = Payload.encoded(envelope.body)
    this.timeoutMs = envelope.timeoutMs
    this.depth = envelope.depth
    this.attempt = attempt
    this.#bound = bound
    this.#emitChild = emitChild
    this.settled = new Promise((resolve) => (this.#resolve = resolve))
  }

  /** Asked for by an executor that calls handlers here, on the worker's own event loop. */
  resolve(): BoundHandler {
    return tracedHandler(this.#bound, this, 'main-event-loop-async')
  }

  begin(): boolean {
    return this.#result === undefined
  }

  settle(result: TaskResult): void {
    if (this.#result !== undefined) return
    this.#result = result
    this.#resolve(result)
  }

  get result(): TaskResult | undefined {
    return this.#result
  }

  get isSettled(): boolean {
    return this.#result !== undefined
  }

  released(): void {
    this.#isOver = true
    this.#end()
  }

  /** Whether its handler has really returned, or will not start. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Resolves when its handler has really returned, or will not start. */
  get over(): Promise<void> {
    return this.#isOver ? Promise.resolve() : new Promise((resolve) => (this.#end = resolve))
  }

  /** What an attempt emits that an earlier one has emitted too is the same emission, and adds nothing. */
  emit(event: string, payload: Payload): Promise<void> {
    const text = payload.through('text', { event }).text
    const what = hashOf([event, text])
    this.#emitted ??= new Map()
    const times = (this.#emitted.get(what) ?? 0) + 1
    this.#emitted.set(what, times)
    const id = hashOf([this.emissionId, this.label, what, String(times)])
    return this.#emitChild(this, event, payload, id)
  }
}

function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
