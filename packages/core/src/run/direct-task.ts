import type { AsyncResource } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import { emissionId, nextEmissionNumber } from '../executor/emission-id.js'
import type { EmissionTrace, TracedEmission, TracedTask } from '../tracing/emission-trace.js'
import type { HandlerAddress } from '../address.js'
import { NoEmitterError } from '../errors/errors.js'
import {
  isCancellable,
  type ExecutionMode,
  type Executor,
  type Task,
  type TaskResult,
} from '../executor/executor.js'
import type { BoundHandler } from '../handler/handler.js'
import { outcomeOf, type Outcome } from '../executor/outcome.js'
import type { Payload } from '../payload/payload.js'
import { readable } from '../executor/readable-result.js'
import { endOf, timesOf } from '../executor/task-times.js'

/** What a direct task is made of. */
export interface DirectTaskParts {
  readonly executor: Executor
  readonly bound: BoundHandler
  readonly address: HandlerAddress
  readonly label: string
  readonly event: string
  readonly payload: Payload
  readonly timeoutMs: number | undefined
  readonly metadata: Payload | undefined
  readonly trace: EmissionTrace | undefined
}

/** A task of no emission: one handler, one payload. To those who trace it stands for an emission of that one task. */
export class DirectTask implements Task, TracedTask, TracedEmission {
  readonly startedAt = performance.now()
  readonly attempt = 1
  readonly gate = undefined
  readonly parentId = undefined
  readonly #parts: DirectTaskParts
  readonly #number = nextEmissionNumber()
  #id: string | undefined
  #hasBegun = false
  #isReleased = false
  #result: TaskResult | undefined
  #settledAt: number | undefined
  #outcome: Outcome | undefined
  #onSettled: Set<() => void> | undefined
  #onReleased: (() => void)[] | undefined

  constructor(parts: DirectTaskParts) {
    this.#parts = parts
  }

  get executor(): Executor {
    return this.#parts.executor
  }

  get event(): string {
    return this.#parts.event
  }

  get emissionId(): string {
    return (this.#id ??= this.#parts.trace?.emissionId ?? emissionId(this.#number))
  }

  get metadata(): Payload | undefined {
    const { trace, metadata } = this.#parts
    return trace ? trace.metadataOf(this, metadata) : metadata
  }

  get address(): HandlerAddress {
    return this.#parts.address
  }

  get label(): string {
    return this.#parts.label
  }

  get payload(): Payload {
    return this.#parts.payload
  }

  get timeoutMs(): number | undefined {
    return this.#parts.timeoutMs
  }

  get scope(): AsyncResource | undefined {
    return this.#parts.trace?.scopeOf(this)
  }

  get mode(): ExecutionMode {
    return this.executor.mode
  }

  get submitted(): this {
    return this
  }

  get emission(): this {
    return this
  }

  get emissionTasks(): readonly [this] {
    return [this]
  }

  get status(): 'running' | 'settled' {
    return this.isSettled ? 'settled' : 'running'
  }

  get durationMs(): number {
    return (this.#settledAt ?? this.startedAt) - this.startedAt
  }

  get result(): TaskResult | undefined {
    return this.#result
  }

  get isSettled(): boolean {
    return this.#result !== undefined
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  resolve(): BoundHandler {
    return this.#parts.bound
  }

  begin(): boolean {
    if (this.isSettled) return false
    // It is said again where the worker was lost, or busy, before the task started in it.
    if (this.#hasBegun) return true
    this.#hasBegun = true
    this.#parts.trace?.taskBegun(this)
    return true
  }

  settle(result: TaskResult): void {
    if (this.#result !== undefined) return
    if (result.status === 'fulfilled') result = readable(result)
    this.#result = result
    this.#settledAt = endOf(result) ?? performance.now()
    const { trace } = this.#parts
    trace?.taskSettled(this, result, this.#settledAt)
    trace?.emissionSettled(this)
    const listeners = this.#onSettled
    this.#onSettled = undefined
    if (listeners) for (const listener of listeners) listener()
  }

  released(): void {
    this.#isReleased = true
    const listeners = this.#onReleased
    this.#onReleased = undefined
    if (listeners) for (const listener of listeners) listener()
  }

  emit(event: string): never {
    throw new NoEmitterError(event, this.label)
  }

  cancel(reason: unknown): void {
    if (!isCancellable(this)) return
    this.settle({ status: 'cancelled', reason })
    this.executor.cancel(this, reason)
  }

  /** How it ended, once it has; its value is read once. */
  get outcome(): Outcome | undefined {
    if (this.#result === undefined) return undefined
    return (this.#outcome ??= this.#makeOutcome(this.#result))
  }

  /**
   * Calls back when it has its outcome, and not where it has it already.
   *
   * @returns the undo
   */
  onSettled(listener: () => void): () => void {
    if (this.isSettled) return () => undefined
    const listeners = (this.#onSettled ??= new Set())
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  /** Resolves when nothing of it runs any more: its handler has returned, or its worker is gone, or it will never start. */
  ended(): Promise<void> {
    if (this.isSettled && (this.#isReleased || !this.#hasBegun)) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onReleased ??= []
      this.#onReleased.push(resolve)
    })
  }

  #makeOutcome(result: TaskResult): Outcome {
    const times = timesOf(this.startedAt, result, this.#settledAt ?? this.startedAt)
    return outcomeOf(result, this, this.attempt, times)
  }
}
