import { EnqueueError } from '@eventlane/executor-bullmq'
import { expect, test } from 'vitest'
import { describeWithServer } from './support/describe-with-redis.js'
import { notes, notesAgain, Work } from './support/handlers.js'
import { ownRedis } from './support/own-redis.js'
import { setStage } from './support/stage.js'

const REFUSED = { status: 'rejected', error: expect.any(EnqueueError) }

describeWithServer('an emission while Redis is away', (program) => {
  test('waits, and gets in whole when Redis is back in time', async () => {
    const redis = await ownRedis(program)
    const { events, linker, job, witness, work } = setStage(redis, { enqueueTimeoutMs: 60_000 })
    linker.on(Work, notes)
    linker.on(Work, notesAgain)
    await events.ready()
    await redis.server.kill()
    const emission = events.emit(Work, job('a'))
    await redis.server.restart()
    await emission.admitted
    await work()
    const report = await emission
    expect(report.handedOver).toBe(2)
    await witness.heard('ran')
    await witness.heard('ran again')
  })

  for (const results of ['hand-over', 'await'] as const) {
    test(`is rejected at once where it was told not to wait: ${results}`, async () => {
      const redis = await ownRedis(program)
      const { events, linker, job } = setStage(redis, {
        results,
        unreachable: 'reject',
        enqueueTimeoutMs: 2 ** 30,
      })
      linker.on(Work, notes)
      await events.ready()
      await redis.server.kill()
      const report = await events.emit(Work, job('a')).settled
      expect(report.outcomes).toMatchObject([REFUSED])
    })
  }

  test('is rejected at its deadline where Redis stays away, and never runs', async () => {
    const redis = await ownRedis(program, { persistent: true })
    const { events, linker, job, witness, work } = setStage(redis, { enqueueTimeoutMs: 300 })
    linker.on(Work, notes)
    linker.on(Work, notesAgain)
    await events.ready()
    await redis.server.kill()
    const report = await events.emit(Work, job('late')).settled
    expect(report.outcomes).toMatchObject([REFUSED, REFUSED])
    await redis.server.restart()
    await work()
    await events.emit(Work, job('next'))
    await witness.heard('ran')
    expect(witness.labels('ran')).toEqual(['next'])
  })

  test('is rejected at its deadline where Redis is there and does not answer', async () => {
    const redis = await ownRedis(program)
    const { events, linker, job } = setStage(redis, { enqueueTimeoutMs: 300 })
    linker.on(Work, notes)
    await events.ready()
    redis.server.signal('SIGSTOP')
    const report = await events.emit(Work, job('a')).settled
    expect(report.outcomes).toMatchObject([REFUSED])
    redis.server.signal('SIGCONT')
  })

  test('is one of many that wait for the same, without a warning', async () => {
    const redis = await ownRedis(program, { persistent: true })
    const { events, linker, job } = setStage(redis, { enqueueTimeoutMs: 60_000 })
    linker.on(Work, notes)
    const warnings: Error[] = []
    const hear = (warning: Error): number => warnings.push(warning)
    process.on('warning', hear)
    const emissions = Array.from({ length: 30 }, () => events.emit(Work, job('before')))
    await Promise.all(emissions)
    await redis.server.kill()
    for (let index = 0; index < 30; index += 1) emissions.push(events.emit(Work, job('meanwhile')))
    await redis.server.restart()
    await Promise.all(emissions)
    process.off('warning', hear)
    expect(warnings).toEqual([])
  })
})
