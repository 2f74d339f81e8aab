import { InvalidOptionError } from '@eventlane/core'
import type { RemoteWorker } from '@eventlane/executor-bullmq'
import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { holds, Work } from './support/handlers.js'
import { setStage, type Stage } from './support/stage.js'

/** Longer than any test may take. */
const LONG_MS = 600_000

/** A worker in the middle of a task, and its shutdown, which waits for that. */
async function shutDownAtWork(stage: Stage): Promise<{ worker: RemoteWorker; end: Promise<void> }> {
  const { events, linker, witness, job, work } = stage
  linker.on(Work, holds)
  const worker = await work()
  await events.emit(Work, job('a'))
  await witness.heard('started')
  return { worker, end: worker.shutdown({ timeoutMs: LONG_MS }) }
}

describeWithRedis('a worker that is being shut down', (redis) => {
  test('hands back what it runs when it is terminated', async () => {
    const stage = setStage(redis)
    const { worker, end } = await shutDownAtWork(stage)
    await worker.terminate()
    await end
    expect(stage.witness.labels('aborted')).toEqual(['a'])
    expect(await redis.client.llen(`${stage.prefix}:main:wait`)).toBe(1)
    expect(stage.witness.labels('started')).toEqual(['a'])
    expect(worker.stats()).toMatchObject({ fulfilled: 0, running: 0 })
  })

  test('hands back what it runs when a later shutdown gives it less time', async () => {
    const stage = setStage(redis)
    const { worker, end } = await shutDownAtWork(stage)
    await worker.shutdown({ timeoutMs: 0 })
    await end
    expect(stage.witness.labels('aborted')).toEqual(['a'])
    expect(await redis.client.llen(`${stage.prefix}:main:wait`)).toBe(1)
  })

  test('is not ready, and goes on with what it runs', async () => {
    const stage = setStage(redis)
    const { worker, end } = await shutDownAtWork(stage)
    expect(worker.isReady).toBe(false)
    stage.witness.open()
    await end
    expect(stage.witness.labels('aborted')).toEqual([])
    expect(worker.stats()).toMatchObject({ fulfilled: 1, handedBack: 0 })
  })

  test('refuses options that are none', async () => {
    const worker = await setStage(redis).work()
    await expect(worker.shutdown({ timeout: 1 } as never)).rejects.toThrow(InvalidOptionError)
    expect(worker.isReady).toBe(true)
  })
})
