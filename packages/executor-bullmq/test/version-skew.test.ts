import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { fails, MoreWork, notes, Work } from './support/handlers.js'
import { tellsTime } from './support/fault-handlers.js'
import { HANDLERS, setStage } from './support/stage.js'
import { WorkerProcess } from './support/worker-process.js'

/** A version that knows `tellsTime`, and no other handler. */
const OLD = [new URL('./support/fault-handlers.ts', import.meta.url)]
const PARK_MS = 10_000

describeWithRedis('workers of two versions side by side', (redis) => {
  test('leave each other what they do not know, without using an attempt', async () => {
    const stage = setStage(redis, { attempts: 1, results: 'await' })
    const { events, linker, witness, job } = stage
    linker.on(Work, tellsTime)
    linker.on(MoreWork, notes)
    const old = await new WorkerProcess(stage, { modules: OLD, parkMs: PARK_MS }).ready()
    const emissions = Array.from({ length: 5 }, (_, index) => [
      events.emit(Work, job(`known ${String(index)}`)),
      events.emit(MoreWork, job(`new ${String(index)}`)),
    ]).flat()
    await expect.poll(async () => (await old.stats()).parked, { timeout: 10_000 }).toBeGreaterThanOrEqual(5)
    const next = await new WorkerProcess(stage, { modules: [...OLD, HANDLERS], parkMs: PARK_MS }).ready()
    const reports = await Promise.all(emissions)
    expect(reports.every(({ fulfilled }) => fulfilled === 1)).toBe(true)
    const ofNew = witness.testimonies.filter(({ label }) => label.startsWith('new'))
    expect(ofNew.map(({ pid }) => pid)).toEqual(Array.from({ length: 5 }, () => next.pid))
    expect(await old.stats()).toMatchObject({ rejected: 0, refused: 0 })
  })

  test('run a retried task once somebody knows it, from its first attempt', async () => {
    const stage = setStage(redis, { attempts: 2, backoff: { delayMs: 1 } })
    const { events, linker, witness, job } = stage
    linker.on(Work, fails)
    const old = await new WorkerProcess(stage, { modules: OLD, parkMs: PARK_MS }).ready()
    await events.emit(Work, job('a', { failures: 1 }))
    await old.said('parked')
    await old.kill()
    await new WorkerProcess(stage).ready()
    await witness.heard('attempt 2')
    expect(witness.testimonies.map(({ what }) => what)).toEqual(['attempt 1', 'attempt 2'])
  })

  test('give a task up that none of them knows when its time is over, and say why', async () => {
    const stage = setStage(redis, { results: 'await' })
    const { events, linker, job, executor } = stage
    linker.on(Work, notes)
    await new WorkerProcess(stage, { modules: OLD, parkMs: 200 }).ready()
    const report = await events.emit(Work, job('a')).settled
    expect(report.outcomes).toMatchObject([
      { status: 'rejected', error: { code: 'ERR_HANDLER_NOT_PORTABLE' } },
    ])
    expect(await executor.deadLetters.list()).toMatchObject([
      {
        attempts: 1,
        reason: expect.stringMatching(
          /no worker knew the handler within 200 ms[^]*handlers#notes[^]*modules/,
        ),
      },
    ])
  })
})
