import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { notes, Work } from './support/handlers.js'
import { setStage } from './support/stage.js'

describeWithRedis('tasks that are handed over', (redis) => {
  test('run in a worker, and their outcome is handed-over', async () => {
    const { events, linker, witness, job, work } = setStage(redis)
    await work()
    linker.on(Work, notes)
    const report = await events.emit(Work, job('a'))
    expect(report.outcomes).toMatchObject([{ status: 'handed-over' }])
    expect(report.of(notes)?.status).toBe('handed-over')
    await witness.heard('ran')
    expect(witness.labels('ran')).toEqual(['a'])
  })
})
