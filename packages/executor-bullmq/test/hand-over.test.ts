import { expect, test } from 'vitest'
import { BullMQExecutor, EnqueueError } from '@eventlane/executor-bullmq'
import { EventEmitter, EventLinker, InvalidLinkError } from '@eventlane/core'
import { describeWithRedis } from './support/describe-with-redis.js'
import { describesContext, emits, fails, MoreWork, notes, notesAgain, Work } from './support/handlers.js'
import { setStage } from './support/stage.js'
import { until } from '@eventlane/testing/witness'

describeWithRedis('tasks that are handed over', (redis) => {
  test('run in a worker, and their outcome is handed-over', async () => {
    const { events, linker, witness, job, work } = setStage(redis)
    linker.on(Work, notes)
    await work()
    const report = await events.emit(Work, job('a'))
    expect(report.outcomes).toMatchObject([{ status: 'handed-over' }])
    expect(report).toMatchObject({ total: 1, handedOver: 1 })
    await witness.heard('ran')
    expect(witness.labels('ran')).toEqual(['a'])
  })

  test('are in Redis when the emission is admitted, all of them', async () => {
    const { events, linker, job, prefix } = setStage(redis)
    linker.on(Work, notes)
    linker.on(Work, notesAgain)
    await events.emit(Work, job('a')).admitted
    expect(await redis.client.llen(`${prefix}:main:wait`)).toBe(2)
  })

  test('get in all or none: a job that Redis refuses takes the others with it', async () => {
    const { events, linker, job, prefix } = setStage(redis)
    linker.on(Work, notes)
    linker.on(Work, notesAgain)
    // The queue is of the wrong type, so that no job can be pushed.
    await redis.client.set(`${prefix}:main:wait`, 'not a list')
    const report = await events.emit(Work, job('a')).settled
    expect(report.rejected).toBe(2)
    expect(report.outcomes[0]).toMatchObject({ error: expect.any(EnqueueError) })
  })

  test('are named by event and handler, for people who look at a dashboard', async () => {
    const { events, linker, job, prefix } = setStage(redis)
    linker.on(Work, notes)
    await events.emit(Work, job('a')).admitted
    const [id] = await redis.client.lrange(`${prefix}:main:wait`, 0, -1)
    expect(await redis.client.hget(`${prefix}:main:${id ?? ''}`, 'name')).toMatch(/^work\.wanted → notes/)
  })

  test('are the same jobs when an emission is repeated by its id, and run once', async () => {
    const { events, linker, witness, job, work, prefix } = setStage(redis)
    linker.on(Work, notes)
    linker.on(MoreWork, notes)
    for (let time = 0; time < 3; time += 1) await events.emit(Work, job('a'), { emissionId: 'order-1' })
    expect(await redis.client.llen(`${prefix}:main:wait`)).toBe(1)
    await work()
    await events.emit(MoreWork, job('last'))
    await witness.heard('ran', 2)
    expect(witness.labels('ran')).toEqual(['a', 'last'])
  })

  test('are tried again as often as the executor says, with what the handler threw kept', async () => {
    const { events, linker, witness, job, work } = setStage(redis, { attempts: 3, backoff: { delayMs: 1 } })
    linker.on(Work, fails)
    await work()
    await events.emit(Work, job('a', { failures: 2 }))
    await witness.heard('attempt 3')
    expect(witness.testimonies.map(({ what }) => what)).toEqual(['attempt 1', 'attempt 2', 'attempt 3'])
  })

  test('are tried again as often as their link says', async () => {
    const { events, linker, witness, job, work } = setStage(redis, { attempts: 1 })
    linker.on(Work, fails, { retry: { attempts: 4, delayMs: 1 } })
    await work()
    await events.emit(Work, job('a', { failures: 3 }))
    await witness.heard('attempt 4')
  })

  test('wait no longer between attempts than their link says', async () => {
    const { events, linker, witness, job, work } = setStage(redis)
    linker.on(Work, fails, { retry: { attempts: 30, delayMs: 1, maxDelayMs: 2 } })
    await work()
    await events.emit(Work, job('a', { failures: 29 }))
    // The thirtieth would come after days.
    await witness.heard('attempt 30')
  })

  test('cannot have a retryIf, which nobody could ask', () => {
    const { events, linker, job } = setStage(redis)
    linker.on(Work, fails, { retry: { retryIf: () => true } })
    expect(() => events.emit(Work, job('a'))).toThrow(InvalidLinkError)
    expect(() => events.emit(Work, job('a'))).toThrow('retryIf')
  })

  test('cannot be ordered without shards', () => {
    const { events, linker, job } = setStage(redis)
    linker.on(Work, notes, { order: 'serial' })
    expect(() => events.emit(Work, job('a'))).toThrow(InvalidLinkError)
  })

  test('have a context that tells of emission, parent and metadata', async () => {
    const { events, linker, job, work } = setStage(redis, { results: 'await' })
    linker.on(Work, describesContext)
    await work()
    const emission = events.emit(Work, job('a'), { metadata: { tenant: 't-1' } })
    const outcome = (await emission).of(describesContext)
    expect(outcome).toMatchObject({
      status: 'fulfilled',
      value: {
        event: 'work.wanted',
        emissionId: emission.id,
        parentId: undefined,
        metadata: { tenant: 't-1' },
        attempt: 1,
        mode: 'main-event-loop-async',
      },
    })
  })

  test('may emit: by the links of the worker, and once, however often they are tried', async () => {
    const { events, linker, witness, job, work } = setStage(redis, { attempts: 3, backoff: { delayMs: 1 } })
    linker.on(Work, emits)
    linker.on(MoreWork, notes)
    await work()
    await events.emit(Work, job('a', { failures: 2 }))
    await witness.heard('emitted', 3)
    await witness.heard('ran')
    await events.emit(MoreWork, job('last'))
    await witness.heard('ran', 2)
    expect(witness.labels('ran').toSorted()).toEqual(['a child', 'last'])
  })

  test('run no sooner than the emission says', async () => {
    const { events, linker, witness, job, work, prefix } = setStage(redis)
    linker.on(Work, notes)
    await events.emit(Work, job('later'), { delayMs: 300 })
    expect(await redis.client.zcard(`${prefix}:main:delayed`)).toBe(1)
    await work()
    await events.emit(Work, job('now'))
    await witness.heard('ran', 2)
    expect(witness.labels('ran')).toEqual(['now', 'later'])
  })

  test('are rejected when Redis cannot be reached in time', async () => {
    const linker = new EventLinker()
    linker.on(Work, notes)
    const executor = new BullMQExecutor({ connection: '/nowhere/redis.sock', enqueueTimeoutMs: 200 })
    const events = new EventEmitter({ executor, linker })
    const report = await events.emit(Work, { witness: '' }).settled
    expect(report.outcomes).toMatchObject([{ status: 'rejected', error: { code: 'ERR_ENQUEUE' } }])
    await events.shutdown()
  })

  test('are rejected at once when Redis cannot be reached, where it was told so', async () => {
    const linker = new EventLinker()
    linker.on(Work, notes)
    const executor = new BullMQExecutor({
      connection: '/nowhere/redis.sock',
      unreachable: 'reject',
      enqueueTimeoutMs: 60_000,
    })
    const events = new EventEmitter({ executor, linker })
    const report = await events.emit(Work, { witness: '' }).settled
    expect(report.outcomes).toMatchObject([{ status: 'rejected', error: { code: 'ERR_ENQUEUE' } }])
    await events.shutdown()
  })

  test('of a program that ends at once are in Redis, since it ends only then', async () => {
    const { events, linker, job, prefix } = setStage(redis)
    linker.on(Work, notes)
    for (let index = 0; index < 50; index += 1) events.emit(Work, job('a'))
    expect(await events.drain()).toMatchObject({ total: 50, handedOver: 50 })
    await until(() => events.executor.stats().queued === 0, 'nothing is on its way')
    expect(await redis.client.llen(`${prefix}:main:wait`)).toBe(50)
  })
})
