import { performance } from 'node:perf_hooks'

/** How often the clock is read. */
const CLOCK_TASKS = 64

/** What a sample consists of. */
export interface Assignment<Task> {
  /** They are given out in turn. */
  readonly tasks: readonly Task[]
  /** What the worker has to make of a task. */
  readonly resultOf: (task: Task) => number
  /** How long to give out tasks, in ms. */
  readonly sampleMs: number
  /** How many to give out even if that takes longer; all there are where the time is 0. */
  readonly atLeast: number
}

/** Gives out the tasks of a sample, and keeps the books of their results. */
export class Ledger<Task> {
  readonly #begun = performance.now()
  readonly #assignment: Assignment<Task>
  #given = 0
  #returned = 0
  #balance = 0
  #isOver = false

  constructor(assignment: Assignment<Task>) {
    this.#assignment = assignment
  }

  /** The next task to be done, or `undefined` where the sample has come to its end. */
  next(): Task | undefined {
    if (this.#isOver) return undefined
    const { tasks, resultOf, sampleMs, atLeast } = this.#assignment
    const given = this.#given
    if (given >= atLeast && (sampleMs === 0 || (given % CLOCK_TASKS === 0 && this.#elapsedMs >= sampleMs))) {
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
