import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { computes, Work } from './support/handlers.js'
import { setStage } from './support/stage.js'
import { until } from '@eventlane/testing/witness'

const LOCK_MS = 1000

describeWithRedis('a handler that computes for three times as long as its lock lasts', (redis) => {
  test('runs once in a thread, without a stall', async () => {
    const { events, linker, witness, job, work } = setStage(redis, { results: 'await' })
    linker.on(Work, computes)
    const settings = { executor: 'thread', lockMs: LOCK_MS, stallCheckMs: LOCK_MS / 2 } as const
    const workers = [await work(settings), await work(settings)]
    const report = await events.emit(Work, job('a', { ms: 3 * LOCK_MS }))
    expect(report.fulfilled).toBe(1)
    expect(witness.labels('started')).toEqual(['a'])
    expect(workers.map((worker) => worker.stats().stalled)).toEqual([0, 0])
  })

  test('is warned of inline', async () => {
    const { events, linker, job, work } = setStage(redis)
    linker.on(Work, computes)
    const errors: string[] = []
    await work({ executor: 'inline', lockMs: LOCK_MS, onError: ({ message }) => errors.push(message) })
    await events.emit(Work, job('a', { ms: LOCK_MS / 2 }))
    await until(
      () => errors.some((message) => message.includes('blocked the event loop')),
      'the worker warns of the lag',
    )
  })
})
