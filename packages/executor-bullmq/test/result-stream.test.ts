import { expect, test } from 'vitest'
import { describeWithServer } from './support/describe-with-redis.js'
import { notes, Work } from './support/handlers.js'
import { ownRedis } from './support/own-redis.js'
import { redisClient } from './support/redis-client.js'
import { setStage } from './support/stage.js'
import { until } from '@eventlane/testing/witness'

const EMISSIONS = 10_000

describeWithServer('awaited results', (program) => {
  test('of 10,000 emissions that wait at once are all there, though the stream is cut twice and loses events', async () => {
    const redis = await ownRedis(program)
    const { events, linker, job, work, prefix } = setStage(redis, { results: 'await' })
    const client = redisClient(redis.connection)
    linker.on(Work, notes)
    await work({ concurrency: 200 })
    let settled = 0
    const emissions = Array.from({ length: EMISSIONS }, (_, index) =>
      events.emit(Work, { ...job(String(index)), quiet: true }),
    )
    const reports = emissions.map(async (emission) => {
      const report = await emission
      settled += 1
      return report.of(notes)
    })
    for (const share of [0.1, 0.3]) {
      await until(() => settled > share * EMISSIONS, 'some are settled')
      const reader = /^id=(\d+) .* cmd=xread/m.exec(String(await client.client('LIST')))?.[1] ?? 'none'
      expect(await client.client('KILL', 'ID', reader)).toBe(1)
      await client.xtrim(`${prefix}:main:events`, 'MAXLEN', 0)
    }
    const values = await Promise.all(reports)
    expect(values.map((outcome) => outcome?.status === 'fulfilled' && outcome.value)).toEqual(
      emissions.map((_, index) => String(index)),
    )
  })

  test(
    'come all the same after somebody has put an event into the stream that is not JSON',
    {
      timeout: 10_000,
    },
    async () => {
      const redis = await ownRedis(program)
      const { events, linker, job, work, prefix } = setStage(redis, { results: 'await' })
      const client = redisClient(redis.connection)
      linker.on(Work, notes)
      await work()
      await events.emit(Work, job('before'))
      await client.xadd(`${prefix}:main:events`, '*', 'event', 'completed', 'jobId', 'x', 'returnvalue', '{')
      // If the stream were not read any more, each would take seconds, until it was looked for.
      for (let index = 0; index < 6; index += 1)
        expect((await events.emit(Work, job(String(index)))).fulfilled).toBe(1)
    },
  )
})
