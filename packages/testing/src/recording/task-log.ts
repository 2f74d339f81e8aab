import { InvalidOptionError, type Handler } from '@eventlane/core'
import { eventName, type Task } from '@eventlane/core/executor'
import { RecordedTaskError } from './errors.js'
import type { RecordedTask } from './recorded-task.js'
import type { TaskRecord } from './task-record.js'

/** The tasks that an executor has recorded and not forgotten, in the order in which they were submitted. */
export class TaskLog {
  #records: TaskRecord[] = []
  readonly #recordOf = new WeakMap<Task | RecordedTask, TaskRecord>()

  get pending(): TaskRecord[] {
    return this.#records.filter(({ status }) => status === 'pending')
  }

  add(record: TaskRecord): void {
    this.#records.push(record)
    this.#recordOf.set(record.task, record)
  }

  /** The next attempt at a task; `false` where the task is not recorded. */
  retry(task: Task): boolean {
    const bound = task.resolve()
    const record = this.#records.find(
      (candidate) => candidate.task.emissionId === task.emissionId && candidate.bound === bound,
    )
    if (record === undefined) return false
    record.retry(task)
    this.#recordOf.set(task, record)
    return true
  }

  has(record: TaskRecord): boolean {
    return this.#records.includes(record)
  }

  recordOf(task: Task): TaskRecord | undefined {
    return this.#recordOf.get(task)
  }

  /**
   * All records, those of an event, of a handler, or of both.
   *
   * @throws InvalidEventError, InvalidOptionError where an event or a handler is not one, lest all be taken for meant
   */
  select(selection: readonly unknown[]): TaskRecord[] {
    if (selection.length === 0) return [...this.#records]
    const [first, handler] = selection
    if (typeof first === 'function') return this.#records.filter(({ bound }) => isHandler(bound, first))
    const name = eventName(first)
    const ofEvent = this.#records.filter(({ task }) => task.event === name)
    if (selection.length === 1) return ofEvent
    if (typeof handler !== 'function') {
      throw new InvalidOptionError(
        `the handler to select tasks by is not a function, but ${String(handler)}`,
        `event ${JSON.stringify(name)}`,
        'give the function that was linked; where it is imported, look for a circular import',
      )
    }
    return ofEvent.filter(({ bound }) => isHandler(bound, handler))
  }

  /**
   * The record of what {@link snapshot} gave.
   *
   * @throws RecordedTaskError when it is not recorded here, or not any more
   */
  recordOfSnapshot(task: RecordedTask): TaskRecord {
    const record = this.#recordOf.get(task)
    if (record !== undefined && this.has(record)) return record
    throw new RecordedTaskError(
      'the task is not recorded here',
      record?.where,
      'give a task that recorded() of this executor returned, and that clear() has not forgotten',
    )
  }

  /** A copy for users, by which the record is found again. */
  snapshot(record: TaskRecord): RecordedTask {
    const task = record.snapshot()
    this.#recordOf.set(task, record)
    return task
  }

  /** Forgets all that do not run. */
  clear(): void {
    this.#records = this.#records.filter(({ status }) => status === 'running')
  }
}

function isHandler(bound: TaskRecord['bound'], handler: unknown): boolean {
  return !(bound instanceof Promise) && bound.handler === (handler as Handler)
}
