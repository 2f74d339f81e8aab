import { EventEmitter, EventLinker, InvalidLinkError } from '@eventlane/core'
import { subscriberGroup } from '@eventlane/executor-bullmq'
import { InlineExecutor } from '@eventlane/executor-inline'
import { expect, test } from 'vitest'
import { describeWithRedis } from './support/describe-with-redis.js'
import { notes, notesAgain, Work } from './support/handlers.js'
import { setStage } from './support/stage.js'

describeWithRedis('subscriber groups', (redis) => {
  test('each get a copy of an event, and run what their own links name, once in each', async () => {
    const { events, linker, witness, job, work } = setStage(redis)
    linker.on(Work, subscriberGroup('billing'))
    linker.on('work.**', subscriberGroup('audit'))
    const billing = new EventLinker()
    billing.on(Work, notes)
    const audit = new EventLinker()
    audit.on(Work, notesAgain)
    await work({ group: 'billing', linker: billing })
    await work({ group: 'billing', linker: billing })
    await work({ group: 'audit', linker: audit })
    const report = await events.emit(Work, job('a'))
    expect(report).toMatchObject({ total: 2, handedOver: 2 })
    await witness.heard('ran')
    await witness.heard('ran again')
    await events.emit(Work, job('b'))
    await witness.heard('ran', 2)
    await witness.heard('ran again', 2)
    expect(witness.labels('ran')).toEqual(['a', 'b'])
    expect(witness.labels('ran again')).toEqual(['a', 'b'])
  })

  test('are handed over, also where the results of handlers are awaited', async () => {
    const { events, linker, job, work } = setStage(redis, { results: 'await' })
    linker.on(Work, subscriberGroup('billing'))
    linker.on(Work, notes)
    await work()
    const report = await events.emit(Work, job('a'))
    expect(report.outcomes).toMatchObject([{ status: 'handed-over' }, { status: 'fulfilled', value: 'a' }])
  })

  test('cannot be ordered by the emitter', () => {
    const { events, linker, job } = setStage(redis, { order: { shards: 1 } })
    linker.on(Work, subscriberGroup('billing'), { order: 'serial' })
    expect(() => events.emit(Work, job('a'))).toThrow(InvalidLinkError)
  })

  test('cannot be reached by other executors', async () => {
    const linker = new EventLinker()
    linker.on(Work, subscriberGroup('billing'))
    await using events = new EventEmitter({ executor: new InlineExecutor(), linker })
    const report = await events.emit(Work, { witness: '' }).settled
    expect(report.outcomes).toMatchObject([
      { status: 'rejected', error: { message: expect.stringContaining('BullMQExecutor') as string } },
    ])
  })
})
