import { payloads } from '@eventlane/core'
import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { fails, failsUntilOpen, holds, Work } from './support/handlers.js'
import { setStage } from './support/stage.js'

describeWithRedis('dead letters', (redis) => {
  test('are the tasks whose attempts are used up, with what is known of them', async () => {
    const { events, executor, linker, job, work } = setStage(redis, { attempts: 2, backoff: { delayMs: 1 } })
    linker.on(Work, fails)
    await work()
    const emission = events.emit(Work, job('a'))
    await expect.poll(() => executor.deadLetters.count()).toBe(1)
    const [letter] = await executor.deadLetters.list()
    expect(letter).toMatchObject({
      event: Work.name,
      emissionId: emission.id,
      attempts: 2,
      reason: 'RangeError: failed at attempt 2',
      stack: expect.stringContaining('handlers'),
    })
    expect(payloads.decode(letter?.body ?? '')).toEqual(job('a'))
  })

  test('run again when they are told to, with all their attempts before them', async () => {
    const { events, executor, linker, witness, job, work } = setStage(redis, { attempts: 1 })
    linker.on(Work, failsUntilOpen)
    await work()
    events.emit(Work, job('a', { gate: 'mended' }))
    await expect.poll(() => executor.deadLetters.count()).toBe(1)
    witness.open('mended')
    const [letter] = await executor.deadLetters.list()
    await executor.deadLetters.retry(letter?.id ?? '')
    await witness.heard('ran')
    await expect.poll(() => executor.deadLetters.count()).toBe(0)
  })

  test('are forgotten when they are removed', async () => {
    const { events, executor, linker, job, work } = setStage(redis, { attempts: 1 })
    linker.on(Work, fails)
    await work()
    events.emit(Work, job('a'))
    await expect.poll(() => executor.deadLetters.count()).toBe(1)
    const [letter] = await executor.deadLetters.list()
    await executor.deadLetters.remove(letter?.id ?? '')
    expect(await executor.deadLetters.list()).toEqual([])
    await expect(executor.deadLetters.retry(letter?.id ?? '')).rejects.toMatchObject({
      code: 'ERR_NO_DEAD_LETTER',
    })
  })

  test('are not what was cancelled', async () => {
    const { events, executor, linker, witness, job, work } = setStage(redis, { results: 'await' })
    linker.on(Work, holds)
    const worker = await work()
    const emission = events.emit(Work, job('a'))
    await witness.heard('started')
    emission.cancel()
    await expect.poll(() => worker.stats()).toMatchObject({ cancelled: 1, running: 0 })
    expect(await executor.deadLetters.count()).toBe(0)
  })
})
