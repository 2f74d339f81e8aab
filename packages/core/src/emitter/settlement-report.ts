import { DropWarnings } from '../errors/drop-warnings.js'
import type { Emission } from './emission.js'
import type { EmissionTask } from './emission-task.js'
import { HandlerError, type TaskDroppedError } from '../errors/errors.js'
import type { TaskResult } from '../executor/executor.js'
import { callAside, throwUncaught, warnOfFailure } from '../errors/failure-report.js'
import type { Link, Settlement, SettlementCallbacks } from '../link/link.js'
import { readMetadata, type Metadata } from '../payload/metadata.js'

/** Who is told of settled tasks, the most specific one first: the link's callbacks, else the linker's, else the emitter's. */
export interface SettlementAudience {
  readonly linker: SettlementCallbacks
  readonly emitter: SettlementCallbacks
  /** What becomes of failures that nobody takes. */
  readonly onUnhandledFailure: 'warn' | 'throw' | undefined
}

/** Tells callbacks of tasks that have settled, and makes sure that no failure goes unnoticed. */
export class SettlementReport {
  readonly #audience: SettlementAudience
  /** Whether all links have callbacks. */
  readonly #isAudience: boolean
  readonly #drops = new DropWarnings()

  constructor(audience: SettlementAudience) {
    this.#audience = audience
    this.#isAudience = hasCallbacks(audience.linker) || hasCallbacks(audience.emitter)
  }

  /** Whether somebody is told of the link's tasks, who may want to see their payload. */
  hasAudience({ options }: Link): boolean {
    return this.#isAudience || hasCallbacks(options)
  }

  taskSettled(task: EmissionTask, result: TaskResult): void {
    if (result.status !== 'fulfilled') task.link.receiver?.missed?.(task.link, result)
    if (result.status === 'cancelled' || result.status === 'handed-over') return
    const callback = this.#callback(task, result.status === 'fulfilled' ? 'onSuccess' : 'onFailure')
    if (callback === undefined) return
    callAside(
      () =>
        callback(
          result.status === 'fulfilled' ? result.result.read() : failureOf(result),
          settlementOf(task),
        ),
      (error) => {
        this.#reportUnhandled(task, error)
      },
    )
  }

  /** A hook has thrown that nobody waits for. */
  hookFailed(event: string, hook: string, error: unknown): void {
    this.#report(event, `hook ${hook}`, error)
  }

  emissionSettled(emission: Emission): void {
    if (emission.isObserved || !emission.emissionTasks.some(this.#isUnhandled)) return
    // `await` observes in a microtask; by the next tick whoever awaits has begun to.
    process.nextTick(() => {
      this.#reportUnobserved(emission)
    })
  }

  #callback<Name extends keyof SettlementCallbacks>(
    task: EmissionTask,
    name: Name,
  ): SettlementCallbacks[Name] {
    return task.link.options[name] ?? this.#audience.linker[name] ?? this.#audience.emitter[name]
  }

  readonly #isUnhandled = (task: EmissionTask): boolean =>
    isFailure(task.result) && this.#callback(task, 'onFailure') === undefined

  #reportUnobserved(emission: Emission): void {
    if (emission.isObserved) return
    for (const task of emission.emissionTasks) {
      if (!isFailure(task.result) || !this.#isUnhandled(task)) continue
      if (task.result.status === 'dropped') this.#reportDrop(task, task.result.reason)
      else this.#reportUnhandled(task, task.result.error)
    }
  }

  #reportDrop(task: EmissionTask, reason: TaskDroppedError): void {
    if (this.#audience.onUnhandledFailure === 'throw') this.#reportUnhandled(task, reason)
    else this.#drops.add(reason)
  }

  #reportUnhandled({ event, label }: EmissionTask, error: unknown): void {
    this.#report(event, label, error)
  }

  #report(event: string, handler: string, error: unknown): void {
    if (this.#audience.onUnhandledFailure === 'throw') throwUncaught(new HandlerError(event, handler, error))
    else warnOfFailure(event, handler, error)
  }
}

function hasCallbacks({ onSuccess, onFailure }: SettlementCallbacks): boolean {
  return onSuccess !== undefined || onFailure !== undefined
}

type Failure = Extract<TaskResult, { readonly status: 'rejected' | 'dropped' }>

/** Lost work never reads as success: what was dropped is told of as failures are. */
function isFailure(result: TaskResult | undefined): result is Failure {
  return result?.status === 'rejected' || result?.status === 'dropped'
}

function failureOf(failure: Failure): unknown {
  return failure.status === 'rejected' ? failure.error : failure.reason
}

function settlementOf(task: EmissionTask): Settlement {
  return {
    event: task.event,
    emissionId: task.emissionId,
    handler: task.label,
    get payload(): unknown {
      return task.payload.read()
    },
    get metadata(): Metadata {
      return readMetadata(task.metadata)
    },
  }
}
