import { subscriberGroup } from '@eventlane/executor-bullmq'
import { expect, test } from 'vitest'
import { describeWithRedis, describeWithServer } from './support/describe-with-redis.js'
import { holds, MoreWork, notes, Work } from './support/handlers.js'
import { ownRedis } from './support/own-redis.js'
import { RedisProxy } from './support/redis-proxy.js'
import { redisClient } from './support/redis-client.js'
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

describeWithRedis('a task that was handed over, when its emission is cancelled', (redis) => {
  const reason = new Error('not needed')

  test('never runs where it waits, and where it runs is stopped by its signal, and is not tried again', async () => {
    const { events, linker, witness, job, work, executor } = setStage(redis, { backoff: { delayMs: 1 } })
    linker.on(Work, holds)
    linker.on(MoreWork, notes)
    await work({ concurrency: 1 })
    const running = events.emit(Work, job('running'))
    await witness.heard('started')
    const waiting = events.emit(MoreWork, job('waiting'))
    await waiting
    waiting.cancel(reason)
    running.cancel(reason)
    await witness.heard('aborted')
    await events.emit(MoreWork, job('next'))
    await witness.heard('ran')
    expect(witness.labels('ran')).toEqual(['next'])
    expect(witness.labels('started')).toEqual(['running'])
    expect(await executor.deadLetters.count()).toBe(0)
    for (const emission of [running, waiting])
      expect((await emission).outcomes).toMatchObject([{ status: 'handed-over' }])
  })

  test('does not run when its delay is over', async () => {
    const { events, linker, witness, job, work, prefix } = setStage(redis)
    linker.on(Work, notes)
    const delayed = events.emit(Work, job('delayed'), { delayMs: 200 })
    await delayed
    delayed.cancel(reason)
    await expect.poll(() => redis.client.zcard(`${prefix}:main:delayed`)).toBe(0)
    await work()
    await events.emit(Work, job('after it'), { delayMs: 400 })
    await witness.heard('ran')
    expect(witness.labels('ran')).toEqual(['after it'])
  })

  test('leaves its place to the next of its order', async () => {
    const { events, linker, witness, job, work } = setStage(redis, { order: { shards: 2 } })
    linker.on(Work, holds, { order: 'serial' })
    const worker = await work({ order: { shards: 2 } })
    const first = events.emit(Work, job('first'))
    await witness.heard('started')
    const second = events.emit(Work, job('second'))
    await second
    second.cancel(reason)
    first.cancel(reason)
    await events.emit(Work, job('third'))
    await witness.heard('started', 2)
    expect(witness.labels('started')).toEqual(['first', 'third'])
    expect(worker.stats().cancelled).toBe(1)
  })

  test('is taken from the queue of the subscriber group that it was emitted for', async () => {
    const { events, linker, job, prefix } = setStage(redis)
    linker.on(Work, subscriberGroup('billing'))
    const emission = events.emit(Work, job('a'))
    await emission
    expect(await redis.client.llen(`${prefix}:billing:wait`)).toBe(1)
    emission.cancel(reason)
    await expect.poll(() => redis.client.llen(`${prefix}:billing:wait`)).toBe(0)
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
    const client = redisClient(redis.connection)
    const channel = `${prefix}:main:eventlane:control`
    await expect.poll(() => client.pubsub('NUMSUB', channel)).toEqual([channel, 1])
    emission.cancel(new Error('not needed'))
    await witness.heard('aborted')
  })
})

describeWithServer('a task that is cancelled while Redis is away', (program) => {
  test('is not in its queue when it is back', async () => {
    const redis = await ownRedis(program)
    const proxy = new RedisProxy(redis.connection)
    const { events, linker, job, prefix } = setStage({ ...redis, connection: proxy.connection })
    linker.on(Work, notes)
    const emission = events.emit(Work, job('a'))
    // It has been tried.
    await new Promise(setImmediate)
    emission.cancel(new Error('not needed'))
    await proxy.start()
    await events.emit(Work, job('b')).admitted
    const client = redisClient(redis.connection)
    await expect.poll(() => client.llen(`${prefix}:main:wait`)).toBe(1)
  })
})
