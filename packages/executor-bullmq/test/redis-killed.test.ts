import { expect, test } from 'vitest'
import { describeWithServer } from './support/describe-with-redis.js'
import { holds, MoreWork, notes, Work } from './support/handlers.js'
import { ownRedis } from './support/own-redis.js'
import { setStage } from './support/stage.js'
import { WorkerProcess } from './support/worker-process.js'

const labels = (kind: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${kind} ${String(index)}`)

describeWithServer('a Redis that writes to disk, is killed, and comes back', (program) => {
  test('has all tasks still: active, waiting, delayed and emitted meanwhile; workers connect by themselves', async () => {
    const redis = await ownRedis(program, { persistent: true })
    const stage = setStage(redis, { results: 'await', enqueueTimeoutMs: 60_000 })
    const { events, linker, witness, job } = stage
    linker.on(Work, holds)
    linker.on(MoreWork, notes)
    for (let count = 0; count < 2; count += 1) await new WorkerProcess(stage, { concurrency: 2 }).ready()
    const active = labels('active', 4).map((label) => events.emit(Work, job(label)))
    await witness.heard('started', 4)
    const waiting = labels('waiting', 10).map((label) => events.emit(MoreWork, job(label)))
    const delayed = labels('delayed', 10).map((label, index) =>
      events.emit(MoreWork, job(label), { delayMs: 200 * index }),
    )
    await Promise.all([...waiting, ...delayed].map(({ admitted }) => admitted))
    await redis.server.kill()
    const meanwhile = labels('meanwhile', 5).map((label) => events.emit(MoreWork, job(label)))
    // What was active ends while Redis is away.
    witness.open()
    await witness.heard('ended', 4)
    await redis.server.restart()
    const reports = await Promise.all([...active, ...waiting, ...delayed, ...meanwhile])
    expect(reports.map(({ fulfilled }) => fulfilled)).toEqual(reports.map(() => 1))
    const ran = new Set([...witness.labels('ended'), ...witness.labels('ran')])
    expect(ran.size).toBe(29)
    // Only what was active may have run twice.
    expect(witness.labels('ran')).toHaveLength(25)
  })
})
