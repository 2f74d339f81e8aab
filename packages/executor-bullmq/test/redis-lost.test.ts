import { DataLossError, ResultLostError } from '@eventlane/executor-bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { describeWithServer } from './support/describe-with-redis.js'
import { holds, MoreWork, notes, Work } from './support/handlers.js'
import { ownRedis } from './support/own-redis.js'
import { setStage } from './support/stage.js'
import { until } from '@eventlane/testing/witness'
import { WorkerProcess } from './support/worker-process.js'

const LOST = 'Redis came back without its data'

describeWithServer('a Redis that comes back without its data', (program) => {
  for (const results of ['hand-over', 'await'] as const)
    test(`is reported by emitter and worker, has nobody wait for ever, and takes new tasks: ${results}`, async () => {
      const redis = await ownRedis(program)
      const stage = setStage(redis, { results })
      const { events, linker, witness, job } = stage
      linker.on(Work, holds)
      linker.on(MoreWork, notes)
      const warnings: string[] = []
      const hear = ({ message }: Error): number => warnings.push(message)
      process.on('warning', hear)
      onTestFinished(() => void process.off('warning', hear))
      const worker = await new WorkerProcess(stage, { concurrency: 1 }).ready()
      const lost = [
        events.emit(Work, job('active')),
        events.emit(MoreWork, job('waiting')),
        events.emit(MoreWork, job('delayed'), { delayMs: 60_000 }),
      ]
      await witness.heard('started')
      await Promise.all(lost.map(({ admitted }) => admitted))
      await redis.server.kill()
      witness.open()
      await witness.heard('ended')
      await redis.server.restart()
      await worker.said(LOST)
      await until(() => warnings.some((warning) => warning.includes(LOST)), 'the emitter warns')
      expect(warnings.filter((warning) => warning.includes(LOST))).toHaveLength(1)
      if (results === 'await')
        for (const emission of lost)
          expect((await emission.settled).outcomes).toMatchObject([
            { status: 'rejected', error: expect.any(ResultLostError) },
          ])
      await events.emit(MoreWork, job('next'))
      await witness.heard('ran')
      expect(witness.labels('ran')).toEqual(['next'])
    })

  test('is told to the worker as an error of its own', async () => {
    const redis = await ownRedis(program)
    const errors: Error[] = []
    const { events, linker, job, witness, work } = setStage(redis)
    linker.on(Work, notes)
    await work({ onError: (error) => errors.push(error) })
    await redis.server.kill()
    await redis.server.restart()
    await until(() => errors.some((error) => error instanceof DataLossError), 'the worker reports it')
    await events.emit(Work, job('next')).admitted
    await witness.heard('ran')
  })
})
