import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { spins } from './support/fault-handlers.js'
import { holds, Work } from './support/handlers.js'
import { descendantsOf } from './support/processes.js'
import { HANDLERS, setStage } from './support/stage.js'
import { isAlive, until } from '@eventlane/testing/witness'
import { WorkerProcess } from './support/worker-process.js'

const MODULES = [HANDLERS, new URL('./support/fault-handlers.ts', import.meta.url)]

describeWithRedis('a worker that is killed while it works', (redis) => {
  for (const [executor, handler] of [
    ['inline', holds],
    ['thread', spins],
    ['process', spins],
  ] as const)
    test(`leaves no process behind, and another one runs again what it had begun, and nothing else: ${executor}`, async () => {
      const stage = setStage(redis, { results: 'await' })
      const { events, linker, witness, job } = stage
      linker.on(Work, handler)
      const options = { executor, concurrency: 2, modules: MODULES }
      const killed = await new WorkerProcess(stage, options).ready()
      const emissions = ['a', 'b', 'c', 'd'].map((label) => events.emit(Work, job(label)))
      await witness.heard('started', 2)
      const begun = witness.labels('started')
      const family = descendantsOf(killed.pid)
      expect([killed.pid, ...family]).toEqual(expect.arrayContaining(witness.processes))
      await killed.kill()
      await until(() => !family.some(isAlive), 'its processes end')
      witness.open()
      const heir = await new WorkerProcess(stage, options).ready()
      const reports = await Promise.all(emissions)
      expect(reports.every(({ fulfilled }) => fulfilled === 1)).toBe(true)
      expect(witness.labels('ended').toSorted()).toEqual(['a', 'b', 'c', 'd'])
      expect(witness.labels('started').toSorted()).toEqual([...begun, 'a', 'b', 'c', 'd'].toSorted())
      expect(await heir.stats()).toMatchObject({ fulfilled: 4, stalled: 2 })
    })
})
