import { performance } from 'node:perf_hooks'
import type { Emission } from './emission.js'
import type { Task, TaskResult } from './executor.js'
import type { HandlerAddress } from './address.js'
import type { BoundHandler } from './handler.js'
import type { Link } from './link.js'
import type { Outcome } from './outcome.js'
import type { Payload } from './payload.js'

/** A task of an emission, as executors see it and as its emission keeps it. */
export class EmissionTask implements Task {
  readonly emission: Emission
  readonly link: Link
  readonly address: HandlerAddress | undefined
  readonly payload: Payload
  readonly timeoutMs: number | undefined
  readonly #emit: (task: EmissionTask, event: string, payload: Payload) => void
  readonly #createdAt = performance.now()
  #begunAt: number | undefined
  #result: TaskResult | undefined
  #waitMs = 0

  constructor(
    emission: Emission,
    link: Link,
    payload: Payload,
    timeoutMs: number | undefined,
    emit: (task: EmissionTask, event: string, payload: Payload) => void,
  ) {
    this.emission = emission
    this.link = link
    this.payload = payload
    this.timeoutMs = timeoutMs
    this.#emit = emit
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

  get label(): string {
    return this.link.label
  }

  get isSettled(): boolean {
    return this.#result !== undefined
  }

  get hasBegun(): boolean {
    return this.#begunAt !== undefined
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
    this.#begunAt ??= performance.now()
    return true
  }

  settle(result: TaskResult): void {
    if (this.#result !== undefined) return
    result = readable(result)
    this.#result = result
    const elapsed = performance.now() - this.#createdAt
    this.#waitMs = Math.max(0, elapsed - (result.status === 'cancelled' ? 0 : (result.runMs ?? 0)))
    this.emission.taskSettled(this, result)
  }

  emit(event: string, payload: Payload): void {
    this.#emit(this, event, payload)
  }

  /** How the task ended, for its emission's report. */
  outcome(result: TaskResult): Outcome {
    const settled = { handler: this.label, address: this.address, waitMs: this.#waitMs }
    switch (result.status) {
      case 'fulfilled':
        return { status: 'fulfilled', value: result.result.read(), ...settled, runMs: result.runMs ?? 0 }
      case 'rejected':
        return { status: 'rejected', error: result.error, ...settled, runMs: result.runMs ?? 0 }
      case 'cancelled':
        return { status: 'cancelled', reason: result.reason, ...settled, runMs: 0 }
    }
  }
}

/** A result that this realm cannot decode, because it lacks a class, is a failure of the task. */
function readable(result: TaskResult): TaskResult {
  if (result.status !== 'fulfilled') return result
  try {
    result.result.readAhead()
    return result
  } catch (error) {
    return { ...result, status: 'rejected', error }
  }
}
