import { performance } from 'node:perf_hooks'
import { resultOf, tasks, type Task } from './task.js'

/** How often the clock is read. */
const CLOCK_TASKS = 64

/** Gives out tasks for as long as a sample takes, and keeps the books of their results. */
export class Ledger {
  readonly #begun = performance.now()
  readonly #sampleMs: number
  readonly #atLeast: number
  #given = 0
  #returned = 0
  #balance = 0
  #isOver = false

  /**
   * @param sampleMs how long to give out tasks
   * @param atLeast how many to give out even if that takes longer
   */
  constructor(sampleMs: number, atLeast: number) {
    this.#sampleMs = sampleMs
    this.#atLeast = atLeast
  }

  /** The next task to be done, or `undefined` where the sample has come to its end. */
  next(): Task | undefined {
    if (this.#isOver) return undefined
    const given = this.#given
    if (given >= this.#atLeast && given % CLOCK_TASKS === 0 && this.#elapsedMs >= this.#sampleMs) {
      this.#isOver = true
      return undefined
    }
    const task = tasks[given % tasks.length] as Task
    this.#given = given + 1
    this.#balance += resultOf(task)
    return task
  }

  /** Enters the result of a task. */
  enter(result: number): void {
    this.#returned += 1
    this.#balance -= result
  }

  /** Whether every task that was given out has come back. */
  get isComplete(): boolean {
    return this.#isOver && this.#returned === this.#given
  }

  /**
   * Closes the books.
   *
   * @returns how many tasks were done per second, from the first one given out to the last one returned
   * @throws Error where a task is missing or was not done
   */
  close(subject: string): number {
    const seconds = this.#elapsedMs / 1000
    if (!this.isComplete) throw new Error(`${subject}: ${this.#returned} of ${this.#given} tasks came back`)
    if (this.#balance !== 0) throw new Error(`${subject}: the checksum is off by ${this.#balance}`)
    return this.#given / seconds
  }

  get #elapsedMs(): number {
    return performance.now() - this.#begun
  }
}
