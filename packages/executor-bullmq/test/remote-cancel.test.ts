import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { holds, MoreWork, notes, Work } from './support/handlers.js'
import { setStage } from './support/stage.js'
import { WorkerProcess } from './support/worker-process.js'

describeWithRedis('a task that is cancelled while it is at another process', (redis) => {
  for (const executor of ['inline', 'thread', 'process'] as const)
    test(`is stopped by its signal where it runs, and never runs where it waits: ${executor}`, async () => {
      const stage = setStage(redis, { results: 'await' })
      const { events, linker, witness, job } = stage
      linker.on(Work, holds)
      linker.on(MoreWork, notes)
      const worker = await new WorkerProcess(stage, { executor, concurrency: 1 }).ready()
      const running = events.emit(Work, job('running'))
      await witness.heard('started')
      const waiting = events.emit(MoreWork, job('waiting'))
      await waiting.admitted
      waiting.cancel(new Error('not needed'))
      await expect.poll(() => redis.client.llen(`${stage.prefix}:main:wait`)).toBe(0)
      running.cancel(new Error('not needed'))
      await witness.heard('aborted')
      for (const emission of [running, waiting])
        expect((await emission.settled).outcomes).toMatchObject([{ status: 'cancelled' }])
      expect((await events.emit(MoreWork, job('next'))).fulfilled).toBe(1)
      expect(witness.labels('ran')).toEqual(['next'])
      expect(witness.labels('ended')).toEqual([])
      expect(await worker.stats()).toMatchObject({ cancelled: 1, fulfilled: 1, running: 0 })
    })
})
