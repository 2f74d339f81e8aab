import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { fails, notes, notesSlowly, Work } from './support/handlers.js'
import { setStage } from './support/stage.js'

describeWithRedis('ordered tasks over shards', (redis) => {
  test('of one key run one at a time, in emit order, whatever number of workers there is', async () => {
    const order = { shards: 2 }
    const { events, linker, witness, job, work } = setStage(redis, { order })
    linker.on(Work, notesSlowly, { order: ({ key }) => key ?? '' })
    await Promise.all([work({ order }), work({ order }), work({ order })])
    const labels = Array.from({ length: 30 }, (_, index) => String(index))
    for (const label of labels) events.emit(Work, job(label, { key: 'one' }))
    await witness.heard('ended', 30)
    expect(witness.testimonies.map(({ what, label }) => `${what} ${label}`)).toEqual(
      labels.flatMap((label) => [`started ${label}`, `ended ${label}`]),
    )
  })

  test('keep their place while they are tried again', async () => {
    const order = { shards: 1 }
    const { events, linker, witness, job, work } = setStage(redis, { order })
    linker.on(Work, fails, { order: 'serial', retry: { attempts: 3, delayMs: 20 } })
    await Promise.all([work({ order }), work({ order })])
    events.emit(Work, job('first', { failures: 2 }))
    events.emit(Work, job('second', { failures: 0 }))
    await witness.heard('attempt 1', 2)
    expect(witness.testimonies.map(({ what, label }) => `${label} ${what}`)).toEqual([
      'first attempt 1',
      'first attempt 2',
      'first attempt 3',
      'second attempt 1',
    ])
  })

  test('leave tasks without an order alone', async () => {
    const order = { shards: 2 }
    const { events, linker, job, prefix } = setStage(redis, { order })
    linker.on(Work, notes)
    await events.emit(Work, job('a'))
    expect(await redis.client.llen(`${prefix}:main:wait`)).toBe(1)
  })
})
