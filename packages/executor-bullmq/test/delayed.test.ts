import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { tellsTime } from './support/fault-handlers.js'
import { Work } from './support/handlers.js'
import { setStage } from './support/stage.js'
import { WorkerProcess } from './support/worker-process.js'

describeWithRedis('delayed emissions', (redis) => {
  test('run once each, and no sooner than they should, though their worker is killed meanwhile', async () => {
    const stage = setStage(redis, { results: 'await' })
    const { events, linker, witness, job } = stage
    linker.on(Work, tellsTime)
    const options = { modules: [new URL('./support/fault-handlers.ts', import.meta.url)] }
    const first = await new WorkerProcess(stage, options).ready()
    const emissions = Array.from({ length: 25 }, (_, index) => {
      const delayMs = 100 + 40 * index
      return {
        dueAt: Date.now() + delayMs,
        emission: events.emit(Work, job(String(index)), { delayMs }),
      }
    })
    await witness.heard('ran', 5)
    await first.kill()
    await new WorkerProcess(stage, options).ready()
    for (const { dueAt, emission } of emissions) {
      const outcome = (await emission).of(tellsTime)
      expect(outcome?.status === 'fulfilled' && outcome.value).toBeGreaterThanOrEqual(dueAt)
    }
    // What ran when the worker was killed may run again.
    expect(new Set(witness.labels('ran')).size).toBe(25)
  })
})
