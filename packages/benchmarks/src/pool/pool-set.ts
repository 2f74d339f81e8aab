import type { Pool, PoolSubject } from './pool.js'

/** Pools that are opened when they are first needed, each once. */
export class PoolSet<Task> implements AsyncDisposable {
  readonly #open = new Map<PoolSubject<Task>, Map<number, Pool<Task>>>()

  constructor() {
    // Every worker's output ends up there, and there are more workers than Node.js thinks right.
    for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(Number.POSITIVE_INFINITY)
  }

  of(subject: PoolSubject<Task>, workers: number): Pool<Task> {
    const pools = this.#open.get(subject) ?? new Map<number, Pool<Task>>()
    this.#open.set(subject, pools)
    const pool = pools.get(workers) ?? subject.open(workers)
    pools.set(workers, pool)
    return pool
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#open.values()].flatMap((one) => [...one.values()])
    await Promise.all(pools.map((pool) => pool.close()))
  }
}
