import type { AsyncResource } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'
import type { Attempts } from './attempts.js'
import type { Emission } from './emission.js'
import type { ExecutionMode, Task, TaskResult } from '../executor/executor.js'
import type { HandlerAddress } from '../address.js'
import type { BoundHandler } from '../handler/handler.js'
import type { Link } from '../link/link.js'
import { outcomeOf, type Outcome } from '../executor/outcome.js'
import type { Payload } from '../payload/payload.js'
import type { RetryOptions } from '../executor/retry.js'
import type { OrderKey } from '../executor/task-order.js'
import { readable } from '../executor/readable-result.js'
import { endOf, timesOf } from '../executor/task-times.js'

/** A task of an emission, as executors see it and as its emission keeps it. */
export class EmissionTask implements Task {
  readonly emission: Emission
  readonly link: Link
  readonly address: HandlerAddress | undefined
  readonly payload: Payload
  readonly timeoutMs: number | undefined
  readonly attempt = 1
  /** Makes the attempts, where the link retries or is ordered; else this task is the only one. */
  attempts: Attempts | undefined
  #hasBegun = false
  #result: TaskResult | undefined
  /** Where its result does not tell. */
  #settledAt: number | undefined

  constructor(emission: Emission, link: Link, payload: Payload, timeoutMs: number | undefined) {
    this.emission = emission
    this.link = link
    this.payload = payload
    this.timeoutMs = timeoutMs
    // Now, since two handlers under one address are found when it is asked for, and are the caller's mistake.
    this.address = link.options.local ? undefined : link.bound.address
  }

  get event(): string {
    return this.emission.event
  }

  get emissionId(): string {
    return this.emission.id
  }

  get parentId(): string | undefined {
    return this.emission.parentId
  }

  get metadata(): Payload | undefined {
    const { trace, metadata } = this.emission
    return trace ? trace.metadataOf(this, metadata) : metadata
  }

  get isUnlinked(): boolean {
    return this.link.isRemoved
  }

  get depth(): number {
    return this.emission.depth
  }

  get retry(): RetryOptions | undefined {
    return this.link.options.retry
  }

  get delayMs(): number | undefined {
    return this.emission.delayMs
  }

  get orderKey(): OrderKey | undefined {
    return this.attempts?.orderKey
  }

  /** Only attempts are held back. */
  get gate(): undefined {
    return undefined
  }

  get label(): string {
    return this.link.label
  }

  /** Where its handler runs. */
  get mode(): ExecutionMode {
    return this.emission.observer.modeOf(this)
  }

  get scope(): AsyncResource | undefined {
    return this.emission.trace?.scopeOf(this)
  }

  get isSettled(): boolean {
    return this.#result !== undefined
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** What the executor was given for this task last. */
  get submitted(): Task {
    return this.attempts?.current ?? this
  }

  get result(): TaskResult | undefined {
    return this.#result
  }

  resolve(): BoundHandler {
    return this.link.bound
  }

  begin(): boolean {
    if (this.link.isRemoved)
      this.settle({ status: 'cancelled', reason: new Error('the link was removed before the task started') })
    if (this.isSettled) return false
    // It is said again where the worker was lost, or busy, before the task started in it.
    if (this.#hasBegun) return true
    this.#hasBegun = true
    this.emission.trace?.taskBegun(this)
    const { hooks } = this.emission
    if (hooks === undefined) return true
    hooks.taskStarts(this)
    return !this.isSettled
  }

  /** An attempt has failed, and the next one has not begun. */
  waitAgain(result: TaskResult, attempt: number): void {
    const hadBegun = this.#hasBegun
    this.emission.trace?.attemptFailed(this, result, endOf(result) ?? performance.now())
    this.#hasBegun = false
    if (hadBegun) this.emission.hooks?.taskEnded(this, result, attempt)
  }

  settle(result: TaskResult): void {
    if (this.#result !== undefined) return
    if (result.status === 'fulfilled') result = readable(result)
    this.#result = result
    const settledAt = endOf(result) ?? (this.#settledAt = performance.now())
    this.attempts?.settled()
    if (this.#hasBegun) this.emission.hooks?.taskEnded(this, result, this.submitted.attempt)
    this.emission.taskSettled(this, result, settledAt)
  }

  released(): void {
    // Only attempts are waited for.
  }

  emit(event: string, payload: Payload, running: Task = this): Promise<void> | undefined {
    return this.emission.observer.emit(this, event, payload, running)
  }

  /** How the task ended, for its emission's report. */
  outcome(): Outcome {
    const result = this.#result
    if (result === undefined) throw new Error('the task has no outcome yet')
    return this.outcomeOf(result, this.submitted.attempt)
  }

  /** The same of an attempt. */
  outcomeOf(result: TaskResult, attempt: number): Outcome {
    const settledAt = endOf(result) ?? this.#settledAt ?? performance.now()
    return outcomeOf(result, this, attempt, timesOf(this.emission.startedAt, result, settledAt))
  }
}
