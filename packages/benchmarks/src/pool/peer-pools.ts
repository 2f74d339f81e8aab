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

/** tinypool with a function of `workers/`. */
export function openTinypool<Task>(
  worker: string,
  options: ConstructorParameters<typeof Tinypool>[0],
): PoolSubject<Task>['open'] {
  return (workers) => {
    const pool = new Tinypool({
      filename: workerUrl(worker),
      minThreads: workers,
      maxThreads: workers,
      ...options,
    })
    return promisedPool({
      run: (task) => pool.run(task) as Promise<number>,
      close: () => pool.destroy(),
    })
  }
}

/** piscina with a function of `workers/`. */
export function openPiscina<Task>(
  worker: string,
  options: ConstructorParameters<typeof Piscina>[0],
): PoolSubject<Task>['open'] {
  return (workers) => {
    const pool = new Piscina<Task, number>({
      filename: workerUrl(worker),
      minThreads: workers,
      maxThreads: workers,
      recordTiming: false,
      ...options,
    })
    return promisedPool({ run: (task) => pool.run(task), close: () => pool.destroy() })
  }
}

const pipelined = { concurrentTasksPerWorker: CONCURRENCY }

export const tinypoolThreads: PoolSubject<Task> = {
  name: 'tinypool',
  open: openTinypool('task-function', { ...pipelined, useAtomics: false }),
}
export const tinypoolAtomics: PoolSubject<Task> = {
  name: 'tinypool, atomics',
  open: openTinypool('task-function', { ...pipelined, useAtomics: true }),
}
export const tinypoolProcesses: PoolSubject<Task> = {
  name: 'tinypool',
  open: openTinypool('task-function', { ...pipelined, runtime: 'child_process' }),
}

export const piscina: PoolSubject<Task> = {
  name: 'piscina',
  open: openPiscina('task-function', { ...pipelined, atomics: 'async' }),
}

const openWorkerpool =
  (workerType: 'thread' | 'process') =>
  (workers: number): Pool<Task> => {
    const pool = workerpool.pool(workerPath('workerpool-worker'), {
      minWorkers: workers,
      maxWorkers: workers,
      workerType,
    })
    return promisedPool({
      run: (task) => pool.exec('resultOf', [task]),
      close: () => pool.terminate(),
    })
  }

export const workerpoolThreads: PoolSubject<Task> = { name: 'workerpool', open: openWorkerpool('thread') }
export const workerpoolProcesses: PoolSubject<Task> = { name: 'workerpool', open: openWorkerpool('process') }

export const poolifierThreads: PoolSubject<Task> = {
  name: 'poolifier',
  open: (workers) => {
    const pool = new FixedThreadPool<Task, number>(workers, workerPath('poolifier-thread'))
    return promisedPool({
      run: (task) => pool.execute(task),
      // Not awaited: where its worker ends before it has answered, it waits for ever.
      close: () => {
        void pool.destroy()
      },
    })
  },
}
