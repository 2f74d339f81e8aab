import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { describeWithRedis, describeWithServer } from './support/describe-with-redis.js'
import { holds, MoreWork, notes, Work } from './support/handlers.js'
import { ownRedis } from './support/own-redis.js'
import { RedisProxy } from './support/redis-proxy.js'
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

describeWithServer('a worker whose connection was lost', (program) => {
  test('hears again of tasks that are cancelled', async () => {
    const redis = await ownRedis(program)
    const proxy = await new RedisProxy(redis.connection).start()
    const { events, linker, witness, job, work, prefix } = setStage(redis, { results: 'await' })
    linker.on(Work, holds)
    await work({ connection: proxy.connection, onError: () => undefined })
    const subscribes = proxy.passing('subscribe')
    proxy.cut()
    await subscribes
    const emission = events.emit(Work, job('a'))
    await witness.heard('started')
    const client = new Redis(redis.connection)
    onTestFinished(() => {
      client.disconnect()
    })
    const channel = `${prefix}:main:eventlane:control`
    await expect.poll(() => client.pubsub('NUMSUB', channel)).toEqual([channel, 1])
    emission.cancel(new Error('not needed'))
    await witness.heard('aborted')
  })
})
