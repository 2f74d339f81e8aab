import { Worker, type Job } from 'bullmq'
import type { Redis } from 'ioredis'

/** What stands in the place of data that cannot be read. */
interface Unreadable {
  readonly unreadable: string
}

/** Of what cannot be read, so much is kept. */
const MAX_KEPT_LENGTH = 1000

const REASON = 'the job was refused: it is not JSON'

/**
 * A worker that also takes jobs whose data is not JSON, so that it can refuse them: BullMQ's own would take them up again and again,
 * and fail at each.
 */
export class TolerantWorker extends Worker {
  protected override createJob(data: Parameters<Worker['createJob']>[0], jobId: string): Job {
    try {
      return super.createJob(data, jobId)
    } catch {
      const unreadable = JSON.stringify(unreadableOf(data))
      return super.createJob({ ...data, data: unreadable, returnvalue: 'null', stacktrace: '[]' }, jobId)
    }
  }
}

/** Whether a job is one that could not be read. */
export function isUnreadable({ data }: Job): boolean {
  return typeof data === 'object' && data !== null && 'unreadable' in data
}

/** Makes a job that could not be read one that can, so that it can be listed among the dead letters. */
export async function mend(client: Redis, key: string): Promise<void> {
  const fields = await client.hgetall(key)
  await client
    .multi()
    .hset(key, { data: JSON.stringify(unreadableOf(fields)), opts: '{}', progress: '0', stacktrace: '[]' })
    .hdel(key, 'returnvalue', 'parent', 'rjk', 'deid')
    .exec()
}

/**
 * Puts those jobs aside that a worker has taken up and BullMQ could not even pass on, because their options are not JSON.
 *
 * @returns how many
 */
export async function putUnreadableAside(client: Redis, queueKey: string): Promise<number> {
  let count = 0
  for (const id of await client.lrange(`${queueKey}:active`, 0, -1)) {
    const key = `${queueKey}:${id}`
    const [opts = null, progress = null, parent = null] = await client.hmget(
      key,
      'opts',
      'progress',
      'parent',
    )
    if ([opts, progress, parent].every(isJson)) continue
    await mend(client, key)
    const now = Date.now()
    // Only one of the workers finds it there.
    if ((await client.lrem(`${queueKey}:active`, 1, id)) === 0) continue
    await client
      .multi()
      .hset(key, { failedReason: REASON, finishedOn: now, name: 'unreadable' })
      .zadd(`${queueKey}:failed`, now, id)
      .srem(`${queueKey}:stalled`, id)
      .del(`${key}:lock`)
      .exec()
    count += 1
  }
  return count
}

function unreadableOf(fields: object): Unreadable {
  return { unreadable: JSON.stringify(fields).slice(0, MAX_KEPT_LENGTH) }
}

function isJson(text: string | null): boolean {
  try {
    return text === null || text === '' || JSON.parse(text) !== null
  } catch {
    return false
  }
}
