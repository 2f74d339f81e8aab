import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { kills } from './support/fault-handlers.js'
import { MoreWork, notes, Work } from './support/handlers.js'
import { HANDLERS, setStage } from './support/stage.js'
import { WorkerProcess } from './support/worker-process.js'

const MODULES = [HANDLERS, new URL('./support/fault-handlers.ts', import.meta.url)]

describeWithRedis('a handler that kills what it runs in', (redis) => {
  test('takes so many workers with it as may stall, then is a dead letter, and others run', async () => {
    const stage = setStage(redis, { results: 'await', attempts: 5 })
    const { events, linker, witness, job, executor } = stage
    linker.on(Work, kills)
    linker.on(MoreWork, notes)
    const options = { modules: MODULES, maxStalls: 1 }
    const poison = events.emit(Work, job('poison'))
    for (let deaths = 0; deaths < 2; deaths += 1) await new WorkerProcess(stage, options).ended()
    const survivor = await new WorkerProcess(stage, options).ready()
    const report = await poison.settled
    expect(report.outcomes).toMatchObject([
      {
        status: 'rejected',
        error: { message: expect.stringContaining('stalled more than allowable limit') },
      },
    ])
    expect(await executor.deadLetters.list()).toMatchObject([{ event: Work.name }])
    expect(witness.labels('started')).toHaveLength(2)
    expect((await events.emit(MoreWork, job('good'))).fulfilled).toBe(1)
    expect(survivor.hasEnded).toBe(false)
  })

  test('takes a process of the inner executor with it at each of its attempts, and no worker', async () => {
    const stage = setStage(redis, { results: 'await', attempts: 2, backoff: { delayMs: 1 } })
    const { events, linker, witness, job, executor } = stage
    linker.on(Work, kills)
    linker.on(MoreWork, notes)
    const worker = await new WorkerProcess(stage, {
      modules: MODULES,
      executor: 'process',
      concurrency: 1,
    }).ready()
    const report = await events.emit(Work, job('poison')).settled
    expect(report.outcomes).toMatchObject([{ status: 'rejected', error: { code: 'ERR_WORKER_LOST' } }])
    expect(witness.labels('started')).toHaveLength(2)
    expect(await executor.deadLetters.list()).toMatchObject([{ event: Work.name, attempts: 2 }])
    expect((await events.emit(MoreWork, job('good'))).fulfilled).toBe(1)
    expect(await worker.stats()).toMatchObject({ rejected: 2, fulfilled: 1, stalled: 0 })
  })
})
