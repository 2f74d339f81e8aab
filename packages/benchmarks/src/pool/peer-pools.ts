import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { FixedThreadPool } from 'poolifier'
import Tinypool from 'tinypool'
import workerpool from 'workerpool'
import { promisedPool, type Pool, type PoolSubject } from './pool.js'
import type { Task } from './task.js'

/** As many as are ever in flight: more per worker is what lets a pool pipeline its messages. */
const CONCURRENCY = 1024

const workerUrl = (name: string): string => new URL(`workers/${name}.js`, import.meta.url).href
const workerPath = (name: string): string => fileURLToPath(workerUrl(name))

const openTinypool =
  (options: ConstructorParameters<typeof Tinypool>[0]) =>
  (workers: number): Pool => {
    const pool = new Tinypool({
      filename: workerUrl('task-function'),
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: CONCURRENCY,
      ...options,
    })
    return promisedPool({
      run: (task) => pool.run(task) as Promise<number>,
      close: () => pool.destroy(),
    })
  }

export const tinypoolThreads: PoolSubject = {
  name: 'tinypool',
  open: openTinypool({ runtime: 'worker_threads', useAtomics: false }),
}
export const tinypoolAtomics: PoolSubject = {
  name: 'tinypool, atomics',
  open: openTinypool({ runtime: 'worker_threads', useAtomics: true }),
}
export const tinypoolProcesses: PoolSubject = {
  name: 'tinypool',
  open: openTinypool({ runtime: 'child_process' }),
}

export const piscina: PoolSubject = {
  name: 'piscina',
  open: (workers) => {
    const pool = new Piscina<Task, number>({
      filename: workerUrl('task-function'),
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker: CONCURRENCY,
      atomics: 'async',
      recordTiming: false,
    })
    return promisedPool({ run: (task) => pool.run(task), close: () => pool.destroy() })
  },
}

const openWorkerpool =
  (workerType: 'thread' | 'process') =>
  (workers: number): Pool => {
    const pool = workerpool.pool(workerPath('workerpool-worker'), {
      minWorkers: workers,
      maxWorkers: workers,
      workerType,
    })
    return promisedPool({
      run: (task) => pool.exec('resultOf', [task]) as unknown as PromiseLike<number>,
      close: () => pool.terminate(),
    })
  }

export const workerpoolThreads: PoolSubject = { name: 'workerpool', open: openWorkerpool('thread') }
export const workerpoolProcesses: PoolSubject = { name: 'workerpool', open: openWorkerpool('process') }

export const poolifierThreads: PoolSubject = {
  name: 'poolifier',
  open: (workers) => {
    const pool = new FixedThreadPool<Task, number>(workers, workerPath('poolifier-thread'))
    return promisedPool({ run: (task) => pool.execute(task), close: () => pool.destroy() })
  },
}
