import { UnsafeRedisError } from '@eventlane/executor-bullmq'
import { expect, test } from 'vitest'
import { describeWithServer } from './support/describe-with-redis.js'
import { notes, Work } from './support/handlers.js'
import { ownRedis } from './support/own-redis.js'
import { setStage } from './support/stage.js'
import { WorkerProcess } from './support/worker-process.js'

const EVICTING = ['--maxmemory-policy', 'allkeys-lru']

describeWithServer('a Redis that would lose jobs', (program) => {
  test('is refused by emitters and workers where it evicts keys', async () => {
    const redis = await ownRedis(program, { settings: [...EVICTING, '--maxmemory', '100mb'] })
    const { events, linker, job, work } = setStage(redis)
    linker.on(Work, notes)
    await expect(events.ready()).rejects.toThrow(UnsafeRedisError)
    expect((await events.emit(Work, job('a')).settled).rejected).toBe(1)
    await expect(work()).rejects.toThrow('set maxmemory-policy noeviction')
  })

  for (const [what, settings, warning] of [
    [
      'would evict keys if its memory were limited',
      { persistent: true, settings: EVICTING },
      'CONFIG SET maxmemory-policy',
    ],
    ['writes nothing to disk', {}, 'all waiting jobs are lost'],
  ] as const)
    test(`is warned of at the start where it ${what}`, async () => {
      const stage = setStage(await ownRedis(program, settings))
      await new WorkerProcess(stage).said(warning)
    })

  test('is not warned of where it keeps what it has', async () => {
    const stage = setStage(await ownRedis(program, { persistent: true }))
    const worker = await new WorkerProcess(stage).ready()
    expect(worker.lines.filter((line) => line.includes('Warning'))).toEqual([])
  })
})
