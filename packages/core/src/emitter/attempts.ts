import type { AsyncResource } from 'node:async_hooks'
import type { EmissionTask } from './emission-task.js'
import type { Task, TaskGate, TaskResult } from '../executor/executor.js'
import type { HandlerAddress } from '../address.js'
import type { BoundHandler } from '../handler/handler.js'
import type { Payload } from '../payload/payload.js'
import { isRetried, retryDelayMs, type RetryOptions } from '../executor/retry.js'
import type { OrderKey, TaskOrder, TurnTaker } from '../executor/task-order.js'

/** How attempts are made at a task. */
export interface AttemptsSettings {
  readonly retry: RetryOptions | undefined
  /** The task's turn among those of its link and key; `undefined` for a link without order. */
  readonly turn: { readonly order: TaskOrder; readonly key: OrderKey } | undefined
  /** How long after `emit` the first attempt may start, in milliseconds, where that is not the executor's concern. */
  readonly delayMs: number | undefined
  /** Whether an attempt may start while the handler of the one before it, which timed out, still runs. */
  readonly mayOverlap: boolean
  /** Hands the next attempt to the executor, which has had the one before it. */
  readonly resubmit: (attempt: Task) => void
}

/**
 * All attempts at one task whose link retries, or is ordered: what the executor gets in place of the task itself. The task's
 * turn in its order lasts from the start of the first attempt until it has an outcome and no handler of it runs any more.
 */
export class Attempts implements TurnTaker {
  readonly task: EmissionTask
  readonly #settings: AttemptsSettings
  #current: Attempt
  /** Attempts that may start, or have started, and are not over for their executor. */
  #underWay = 0
  #isInLine = false
  #timer: NodeJS.Timeout | undefined
  /** Starts the attempt that waits for its delay, and for the one before it. */
  #next: { readonly start: () => void; isDue: boolean } | undefined

  constructor(task: EmissionTask, settings: AttemptsSettings) {
    this.task = task
    this.#settings = settings
    this.#current = new Attempt(this, 1)
  }

  /** The attempt that the executor has, or had last. */
  get current(): Attempt {
    return this.#current
  }

  get isSettled(): boolean {
    return this.task.isSettled
  }

  /** Among which tasks of its link it takes turns. */
  get orderKey(): OrderKey | undefined {
    return this.#settings.turn?.key
  }

  /** Calls back when the attempt may start: when its turn has come and its delay is over. */
  whenOpen(attempt: Attempt, start: () => void): void {
    const begin = (): void => {
      this.#underWay += 1
      start()
    }
    if (attempt.attempt > 1) {
      this.#next = { start: begin, isDue: false }
      return
    }
    const { delayMs } = this.#settings
    if (delayMs === undefined) this.#takeTurn(begin)
    else
      this.#timer = setTimeout(() => {
        this.#takeTurn(begin)
      }, delayMs)
  }

  #takeTurn(begin: () => void): void {
    const { turn } = this.#settings
    if (turn === undefined) {
      begin()
      return
    }
    this.#isInLine = true
    turn.order.enter(this.task.link, turn.key, this, begin)
  }

  /** The executor reports how an attempt ended. */
  ended(attempt: Attempt, result: TaskResult): void {
    if (this.isSettled || attempt !== this.#current) return
    const { retry } = this.#settings
    if (result.status !== 'rejected' || retry === undefined) {
      this.task.settle(result)
      return
    }
    const { event, label } = this.task
    try {
      if (isRetried(retry, result.error, attempt.attempt, event, label)) this.#retry(retry, result)
      else this.task.settle(result)
    } catch (error) {
      this.task.settle({ ...result, error })
    }
  }

  /** The executor is done with an attempt. */
  released(): void {
    this.#underWay -= 1
    this.#startNext()
    this.#leaveLine()
  }

  /** The task has an outcome, whoever gave it. */
  settled(): void {
    clearTimeout(this.#timer)
    this.#next = undefined
    this.#leaveLine()
  }

  #retry(retry: RetryOptions, result: TaskResult): void {
    const failed = this.#current
    const { attempt } = failed
    this.#current = new Attempt(this, attempt + 1)
    try {
      this.#settings.resubmit(this.#current)
    } catch {
      // The executor has been ended, and takes nothing any more.
      this.#current = failed
      this.task.settle(result)
      return
    }
    this.task.waitAgain(result, attempt)
    // A hook may have cancelled it.
    if (this.isSettled) return
    // Still there where the executor did not wait for it.
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        if (this.#next) this.#next.isDue = true
        this.#startNext()
      },
      retryDelayMs(retry, attempt),
    )
  }

  #startNext(): void {
    if (!this.#next?.isDue || (this.#underWay > 0 && !this.#settings.mayOverlap)) return
    const { start } = this.#next
    this.#next = undefined
    start()
  }

  #leaveLine(): void {
    const { turn } = this.#settings
    if (turn === undefined || !this.#isInLine || !this.isSettled || this.#underWay > 0) return
    this.#isInLine = false
    turn.order.leave(this.task.link, turn.key, this)
  }
}

/** One attempt at a task, as executors see it. A late result of it does not touch the attempts after it. */
export class Attempt implements Task, TaskGate {
  readonly attempts: Attempts
  readonly attempt: number
  #result: TaskResult | undefined

  constructor(attempts: Attempts, attempt: number) {
    this.attempts = attempts
    this.attempt = attempt
  }

  get event(): string {
    return this.attempts.task.event
  }

  get emissionId(): string {
    return this.attempts.task.emissionId
  }

  get parentId(): string | undefined {
    return this.attempts.task.parentId
  }

  get metadata(): Payload | undefined {
    return this.attempts.task.metadata
  }

  get address(): HandlerAddress | undefined {
    return this.attempts.task.address
  }

  get label(): string {
    return this.attempts.task.label
  }

  get payload(): Payload {
    return this.attempts.task.payload
  }

  get timeoutMs(): number | undefined {
    return this.attempts.task.timeoutMs
  }

  get isUnlinked(): boolean {
    return this.attempts.task.isUnlinked
  }

  get depth(): number {
    return this.attempts.task.depth
  }

  get retry(): RetryOptions | undefined {
    return this.attempts.task.retry
  }

  get delayMs(): number | undefined {
    return this.attempt === 1 ? this.attempts.task.delayMs : undefined
  }

  get orderKey(): OrderKey | undefined {
    return this.attempts.orderKey
  }

  get gate(): TaskGate {
    return this
  }

  get scope(): AsyncResource | undefined {
    return this.attempts.task.scope
  }

  get isSettled(): boolean {
    return this.attempts.current !== this || this.attempts.isSettled
  }

  get result(): TaskResult | undefined {
    return this.#result ?? this.attempts.task.result
  }

  whenOpen(start: () => void): void {
    this.attempts.whenOpen(this, start)
  }

  resolve(): BoundHandler {
    return this.attempts.task.resolve()
  }

  begin(): boolean {
    return !this.isSettled && this.attempts.task.begin()
  }

  settle(result: TaskResult): void {
    if (!this.isSettled) this.#result = result
    this.attempts.ended(this, result)
  }

  released(): void {
    this.attempts.released()
  }

  emit(event: string, payload: Payload): void | Promise<void> {
    return this.attempts.task.emit(event, payload, this)
  }
}
