import type { AsyncResource } from 'node:async_hooks'
import type { HandlerAddress } from '@eventlane/core'
import type { BoundHandler, Payload, Task, TaskResult } from '@eventlane/core/executor'
import type { TaskRecord } from './task-record.js'

/** One run of a recorded task's handler, as the runner sees it. */
export class RecordedRun implements Task {
  readonly record: TaskRecord
  /** The order is kept by running one task after the other, and a retry does not wait for its delay. */
  readonly gate = undefined
  readonly #task: Task
  #result: TaskResult | undefined

  constructor(record: TaskRecord, task: Task) {
    this.record = record
    this.#task = task
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

  get metadata(): Payload | undefined {
    return this.#task.metadata
  }

  get address(): HandlerAddress | undefined {
    return this.#task.address
  }

  get label(): string {
    return this.#task.label
  }

  get payload(): Payload {
    return this.#task.payload
  }

  get timeoutMs(): number | undefined {
    return this.#task.timeoutMs
  }

  get attempt(): number {
    return this.#task.attempt
  }

  get scope(): AsyncResource | undefined {
    return this.#task.scope
  }

  get result(): TaskResult | undefined {
    return this.#result ?? this.#task.result
  }

  get isSettled(): boolean {
    return !this.record.isRunBy(this)
  }

  resolve(): BoundHandler | Promise<BoundHandler> {
    return this.#task.resolve()
  }

  begin(): boolean {
    return this.record.begin(this)
  }

  settle(result: TaskResult): void {
    this.#result ??= result
    this.record.ended(this, result)
  }

  released(): void {
    // The task's own gate was not asked.
  }

  emit(event: string, payload: Payload): void | Promise<void> {
    return this.#task.emit(event, payload)
  }
}
