import { InlineExecutor } from '@eventlane/executor-inline'
import { ThreadExecutor } from '@eventlane/executor-thread'
import { emitterPool } from '../pool/emitter-pool.js'
import { openPiscina, openTinypool } from '../pool/peer-pools.js'
import type { PoolSubject } from '../pool/pool.js'
import { work, WorkDue } from '../pool/workers/handlers.js'
import type { Job } from './job.js'

const WORKER = 'work-function'
const PIPELINED = { concurrentTasksPerWorker: 1024 }

export const inlineWork: PoolSubject<Job> = {
  name: 'eventlane, inline',
  open: () => emitterPool(new InlineExecutor(), WorkDue, work),
}
export const eventlaneWork: PoolSubject<Job> = {
  name: 'eventlane',
  open: (workers) => emitterPool(new ThreadExecutor({ workers }), WorkDue, work),
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
