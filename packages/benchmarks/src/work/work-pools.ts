import { InlineExecutor } from '@eventlane/executor-inline'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { emitterPool } from '../pool/emitter-pool.js'
import { openPiscina, openTinypool } from '../pool/peer-pools.js'
import type { PoolSubject } from '../pool/pool.js'
import { errand, ErrandDue, work, WorkDue } from '../pool/workers/handlers.js'
import type { Job } from './job.js'

const WORKER = 'work-function'
const workRoute = { event: WorkDue, handler: work }
const errandRoute = { event: ErrandDue, handler: errand }
/** Jobs of fewer turns are errands. */
const ERRAND_TURNS = 1000
const PIPELINED = { concurrentTasksPerWorker: 1024 }

export const inlineWork: PoolSubject<Job> = {
  name: 'eventlane, inline',
  open: () => emitterPool(new InlineExecutor(), [workRoute]),
}
export const eventlaneWork: PoolSubject<Job> = {
  name: 'eventlane',
  open: (workers) => emitterPool(new ThreadExecutor({ workers }), [workRoute]),
}
/** Large jobs and small ones, each with its handler. */
export const eventlaneMixture: PoolSubject<Job> = {
  name: 'eventlane',
  open: (workers) =>
    emitterPool(new ThreadExecutor({ workers }), [workRoute, errandRoute], ({ turns }) =>
      turns < ERRAND_TURNS ? errandRoute : workRoute,
    ),
}
/** One job at a time in each worker, all others in one queue: the best there is for long work. */
export const tinypoolWork: PoolSubject<Job> = {
  name: 'tinypool',
  open: openTinypool(WORKER, { useAtomics: false }),
}
export const piscinaWork: PoolSubject<Job> = {
  name: 'piscina',
  open: openPiscina(WORKER, {}),
}
export const tinypoolPipelined: PoolSubject<Job> = {
  name: 'tinypool, pipelined',
  open: openTinypool(WORKER, { ...PIPELINED, useAtomics: false }),
}
export const piscinaPipelined: PoolSubject<Job> = {
  name: 'piscina, pipelined',
  open: openPiscina(WORKER, { ...PIPELINED, atomics: 'async' }),
}
