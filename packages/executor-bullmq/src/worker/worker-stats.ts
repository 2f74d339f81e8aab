/** What a worker has done, and is doing. */
export interface WorkerStats {
  /** Tasks that it works on now. */
  readonly running: number
  /** Tasks whose handler has returned. */
  readonly fulfilled: number
  /** Attempts that failed. */
  readonly rejected: number
  /** Tasks that were cancelled. */
  readonly cancelled: number
  /** How often a task was put off because the worker does not know its handler. */
  readonly parked: number
  /** Jobs that were refused, because they were tampered with or are none of ours. */
  readonly refused: number
  /** Jobs handed back when the worker was shut down. */
  readonly handedBack: number
  /** Jobs whose worker was gone, found by this worker. */
  readonly stalled: number
}
