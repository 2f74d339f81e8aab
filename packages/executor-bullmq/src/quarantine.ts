import { Worker, type Job } from 'bullmq'
import type { Redis } from 'ioredis'

/** What stands in the place of data that cannot be read. */
interface Unreadable {
  readonly unreadable: string
}

/** Of what cannot be read, so much is kept. */
const MAX_KEPT_LENGTH = 1000

/**
 * A worker that also takes jobs which are not JSON, so that it can refuse them: BullMQ's own would take them up again and again, and
 * fail at each.
 */
export class TolerantWorker extends Worker {
  protected override createJob(data: Parameters<Worker['createJob']>[0], jobId: string): Job {
    try {
      const job = super.createJob(data, jobId)
      // Options that are no object break BullMQ later.
      if (typeof job.opts === 'object') return job
    } catch {
      // As told below.
    }
    const unreadable: Unreadable = { unreadable: JSON.stringify(data).slice(0, MAX_KEPT_LENGTH) }
    return super.createJob(
      {
        id: jobId,
        name: 'unreadable',
        data: JSON.stringify(unreadable),
        opts: {},
        progress: 0,
        attemptsMade: 0,
        timestamp: Date.now(),
        failedReason: '',
        stacktrace: '[]',
        returnvalue: 'null',
      } as unknown as Parameters<Worker['createJob']>[0],
      jobId,
    )
  }
}

/** Whether a job is one that could not be read. */
export function isUnreadable({ data }: Job): boolean {
  return typeof data === 'object' && data !== null && 'unreadable' in data
}

/** Makes a job that could not be read one that can, so that it can be listed among the dead letters. */
export async function mend(client: Redis, key: string, { data, name }: Job): Promise<void> {
  await client.hset(key, { name, data: JSON.stringify(data), opts: '{}', progress: '0', stacktrace: '[]' })
  await client.hdel(key, 'returnvalue', 'parent', 'rjk', 'deid')
}
