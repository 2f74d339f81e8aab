import type { Ledger } from './ledger.js'

/** Workers that are up, in the hands of a user. */
export interface Pool<Task> {
  /** Does one task and gives its result. */
  readonly run: (task: Task) => PromiseLike<number>
  /** Does all tasks that the ledger gives out, with so many in flight at once. */
  readonly flood: (ledger: Ledger<Task>, inFlight: number) => Promise<void>
  readonly close: () => unknown
}

/** Who starts a pool. */
export interface PoolSubject<Task> {
  readonly name: string
  readonly open: (workers: number) => Pool<Task>
}

/** A pool that is used by way of a function which returns a promise: for each result, the next task starts. */
export function promisedPool<Task>({ run, close }: Pick<Pool<Task>, 'run' | 'close'>): Pool<Task> {
  return {
    run,
    flood: (ledger, inFlight) =>
      new Promise((resolve, reject) => {
        const startNext = (): void => {
          const task = ledger.next()
          if (task !== undefined) run(task).then(enter, reject)
          else if (ledger.isComplete) resolve()
        }
        const enter = (result: number): void => {
          ledger.enter(result)
          startNext()
        }
        for (let started = 0; started < inFlight; started += 1) startNext()
      }),
    close,
  }
}
