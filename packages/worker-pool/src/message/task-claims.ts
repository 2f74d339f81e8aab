const OFFERED = 0
const STARTED = 1
const TAKEN_BACK = 2

/**
 * Who has a task that was handed to a thread: memory that both sides share, with a cell for each task in the lane. The thread
 * starts a task, and the pool takes one back, only by changing its cell from offered, so that each task goes to one of them.
 */
export class TaskClaims {
  /** Sent to the thread. */
  readonly cells: Uint8Array

  constructor(cells: Uint8Array) {
    this.cells = cells
  }

  /** Cells for that many tasks in the lane at a time. */
  static shared(capacity: number): TaskClaims {
    return new TaskClaims(new Uint8Array(new SharedArrayBuffer(capacity)))
  }

  /** The pool hands a task over. */
  offer(id: number): void {
    Atomics.store(this.cells, id, OFFERED)
  }

  /** The thread is about to start a task; `false` where the pool has taken it back. */
  start(id: number): boolean {
    return Atomics.compareExchange(this.cells, id, OFFERED, STARTED) === OFFERED
  }

  /** The pool wants a task back; `false` where it has started. */
  takeBack(id: number): boolean {
    return Atomics.compareExchange(this.cells, id, OFFERED, TAKEN_BACK) === OFFERED
  }

  hasStarted(id: number): boolean {
    return Atomics.load(this.cells, id) === STARTED
  }
}
