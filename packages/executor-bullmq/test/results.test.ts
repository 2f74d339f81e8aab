import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { fails, holds, notes, Work } from './support/handlers.js'
import { setStage } from './support/stage.js'

describeWithRedis('awaited results', (redis) => {
  test('are what handlers returned, wherever they ran', async () => {
    const { events, linker, job, work } = setStage(redis, { results: 'await' })
    linker.on(Work, notes)
    await work()
    expect((await events.emit(Work, job('a'))).of(notes)).toMatchObject({ status: 'fulfilled', value: 'a' })
  })

  test('are what they threw, with class, message and stack', async () => {
    const { events, linker, job, work } = setStage(redis, { results: 'await', attempts: 1 })
    linker.on(Work, fails)
    await work()
    const [outcome] = (await events.emit(Work, job('a')).settled).outcomes
    expect(outcome).toMatchObject({ status: 'rejected', error: { message: 'failed at attempt 1' } })
    const error = outcome?.status === 'rejected' ? outcome.error : undefined
    expect(error).toBeInstanceOf(RangeError)
    expect((error as Error).stack).toContain('handlers')
  })

  test('of a task that is cancelled while it waits do not come, and it never runs', async () => {
    const { events, linker, witness, job, work, prefix } = setStage(redis, { results: 'await' })
    linker.on(Work, notes)
    const emission = events.emit(Work, job('cancelled'))
    await emission.admitted
    emission.cancel(new Error('not needed'))
    expect((await emission.settled).outcomes).toMatchObject([{ status: 'cancelled' }])
    await expect.poll(() => redis.client.llen(`${prefix}:main:wait`)).toBe(0)
    await work()
    await events.emit(Work, job('next'))
    expect(witness.labels('ran')).toEqual(['next'])
  })

  test('of a task that is cancelled while it runs do not come, and its signal aborts', async () => {
    const { events, linker, witness, job, work } = setStage(redis, { results: 'await' })
    linker.on(Work, holds)
    await work()
    const emission = events.emit(Work, job('a'))
    await witness.heard('started')
    emission.cancel(new Error('not needed'))
    await witness.heard('aborted')
    expect((await emission.settled).outcomes).toMatchObject([{ status: 'cancelled' }])
    expect(witness.labels('ended')).toEqual([])
  })
})
