import { expect, test } from 'vitest'
import { describeWithServer } from './support/describe-with-redis.js'
import { holds, Work } from './support/handlers.js'
import { ownRedis } from './support/own-redis.js'
import { setStage } from './support/stage.js'
import { until } from '@eventlane/testing/witness'

const TIMEOUT_MS = 100
const NEVER = 15_000

describeWithServer('while Redis is away', (program) => {
  test(
    'a worker shuts down within its time, idle or not, and stops what it runs',
    { timeout: NEVER },
    async () => {
      const redis = await ownRedis(program)
      const { events, linker, witness, job, work } = setStage(redis)
      linker.on(Work, holds)
      const errors: string[] = []
      const onError = ({ message }: Error): number => errors.push(message)
      const busy = await work({ onError })
      await events.emit(Work, job('a'))
      await witness.heard('started')
      const idle = await work()
      await redis.server.kill()
      await until(() => errors.some((message) => message.includes('connect')), 'the worker has noticed')
      await Promise.all([busy, idle].map((worker) => worker.shutdown({ timeoutMs: TIMEOUT_MS })))
      expect(witness.labels('aborted')).toEqual(['a'])
    },
  )

  test(
    'an emitter shuts down within its time, and cancels what it waits for',
    { timeout: NEVER },
    async () => {
      const redis = await ownRedis(program)
      const { events, linker, witness, job, work } = setStage(redis, { results: 'await' })
      linker.on(Work, holds)
      await work()
      const emission = events.emit(Work, job('a'))
      await witness.heard('started')
      await redis.server.kill()
      await events.shutdown({ timeoutMs: TIMEOUT_MS })
      expect((await emission.settled).outcomes).toMatchObject([{ status: 'cancelled' }])
    },
  )
})
