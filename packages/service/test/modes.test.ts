import { checkForLeaks } from '@eventlane/testing'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { cashier, Ordered, Paid, PaidEvent } from './services/class-events.js'
import { late, loop, Work } from './services/services.js'
import { MODES, outcomes, setStage, until } from './services/stage.js'

describe.each(MODES)('a service in mode %s', (mode) => {
  checkForLeaks()

  it('lives in a realm of its own, from its start to its stop', async () => {
    const { host, add, said, path, went } = setStage()
    add({ mode })
    await host.start()
    const [started] = said('started')
    const inProcess = mode.startsWith('separate-process')
    const inThread = mode.startsWith('separate-thread')
    expect(started).toMatchObject({ service: 'worker', incarnation: 1 })
    expect(started!.pid === process.pid).toBe(!inProcess)
    if (!inProcess) expect(started!.thread === threadId).toBe(!inThread)
    await host.stop()
    await went('worker', 'stopped')
    expect(path('worker')).toEqual(['starting', 'ready', 'stopping', 'stopped'])
    expect(said('aborted')).toHaveLength(1)
    expect(said('stopped')).toHaveLength(1)
  })

  it('gets its config as it was, a copy of its own', async () => {
    const { host, add, folder, dones } = setStage()
    const since = new Date(0)
    add({ mode }, { since, label: 'mine' })
    await host.start()
    await until(() => dones.length > 0, 'it says that it has started')
    expect(dones[0]!.config).toEqual({ folder, since, label: 'mine' })
    expect((dones[0]!.config as { since: Date }).since).not.toBe(since)
  })

  it('answers events with what its handler returns, and keeps its state between them', async () => {
    const { host, add, events } = setStage()
    add({ mode })
    await host.start()
    for (let n = 1; n <= 3; n += 1) {
      expect(outcomes(await events.emit(Work, { n }).settled)).toEqual([{ n, handled: n }])
    }
  })

  it('rejects an event whose handler throws, with the error, and goes on', async () => {
    const { host, add, events, path } = setStage()
    add({ mode })
    await host.start()
    const [outcome] = (await events.emit(Work, { n: 1, does: 'throw' }).settled).outcomes
    expect(outcome).toMatchObject({
      status: 'rejected',
      error: { name: 'RangeError', message: 'job 1 cannot be done' },
    })
    expect(outcomes(await events.emit(Work, { n: 2 }).settled)).toEqual([{ n: 2, handled: 2 }])
    expect(path('worker')).toEqual(['starting', 'ready'])
  })

  it('rejects an event whose result is not portable, naming the path', async () => {
    const { host, add, events } = setStage()
    add({ mode })
    await host.start()
    const [outcome] = (await events.emit(Work, { n: 1, does: 'unportable' }).settled).outcomes
    expect(outcome).toMatchObject({ status: 'rejected', error: { code: 'ERR_PAYLOAD_NOT_PORTABLE' } })
  })

  it('gets events in the order in which they were emitted', async () => {
    const { host, add, events, said } = setStage()
    add({ mode })
    await host.start()
    const emissions = Array.from({ length: 100 }, (_, n) => events.emit(Work, { n }).settled)
    await Promise.all(emissions)
    expect(said('began').map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })

  it('handles one event at a time in a plain mode, and many at once in the others', async () => {
    const { host, add, events, said, open } = setStage()
    const service = add({ mode })
    await host.start()
    const held = events.emit(Work, { n: 1, does: 'hold', gate: 'one' }).settled
    const next = events.emit(Work, { n: 2 }).settled
    if (mode.endsWith('async')) {
      await next
      expect(said('handled').map(({ n }) => n)).toEqual([2])
    } else {
      await until(() => said('began').length === 1 && service.waiting === 1, 'one is held, one waits')
    }
    open('one')
    await Promise.all([held, next])
    expect(said('began').map(({ n }) => n)).toEqual([1, 2])
    expect(said('handled').map(({ n }) => n)).toEqual(mode.endsWith('async') ? [2, 1] : [1, 2])
  })

  it('emits out of a handler as a child of the emission', async () => {
    const { host, add, events, linker } = setStage()
    const parents: (string | undefined)[] = []
    linker.on('service-test.done' as never, (_: never, { parentId }) => void parents.push(parentId), {
      local: true,
    })
    add({ mode })
    await host.start()
    const emission = events.emit(Work, { n: 1, does: 'emit' })
    await emission.settled
    await events.drain()
    expect(parents).toEqual([undefined, emission.id])
  })

  it('passes the cancellation of an emission on to the handler', async () => {
    const { host, add, events, said } = setStage()
    add({ mode })
    await host.start()
    const emission = events.emit(Work, { n: 1, does: 'hold', gate: 'never' })
    await until(() => said('began').length === 1, 'the handler has begun')
    emission.cancel()
    await until(() => said('handled').length === 1, 'the handler has heard of it')
  })

  it('works in its start until its signal aborts, once it has said that it is ready', async () => {
    const { host, dones, path, went } = setStage()
    host.add(loop, { mode })
    await host.start()
    await until(() => dones.length >= 3, 'it turns')
    await host.stop()
    await went('loop', 'stopped')
    expect(dones.slice(0, 3).map(({ n }) => n)).toEqual([0, 1, 2])
    expect(path('loop')).toEqual(['starting', 'ready', 'stopping', 'stopped'])
  })

  it('tells of its health', async () => {
    const { host, add, events } = setStage()
    const service = add({ mode })
    expect(await service.health()).toMatchObject({ status: 'idle', isHealthy: false })
    await host.start()
    await events.emit(Work, { n: 1 })
    expect(await host.health()).toEqual({
      worker: { status: 'ready', isHealthy: true, detail: { handled: 1 }, error: undefined },
    })
    await events.emit(Work, { n: 2, does: 'sicken' })
    expect(await service.health()).toMatchObject({
      status: 'ready',
      isHealthy: false,
      error: { message: 'unwell' },
    })
    await host.stop()
    expect(await service.health()).toMatchObject({ status: 'stopped', isHealthy: false })
  })
})

describe.each(MODES)('a service in mode %s', (mode) => {
  checkForLeaks()

  it('gets and emits instances of classes that are events', async () => {
    const { host, linker, events } = setStage()
    const received: unknown[] = []
    linker.on(PaidEvent, (paid) => void received.push(paid), { local: true })
    host.add(cashier, { mode })
    await host.start()
    const report = await events.emit(new Ordered(21n))
    expect(outcomes(report)).toEqual(['Ordered'])
    await events.drain()
    expect(received).toEqual([new Paid(42n)])
    expect(received[0]).toBeInstanceOf(Paid)
  })

  it('learns from its promise that an emission was refused, and goes on', async () => {
    const { host, events, folder, open } = setStage()
    host.add(late, { mode })
    await host.start()
    const emission = events.emit(Work, { n: 1, gate: join(folder, 'gate') })
    const shutdown = events.shutdown()
    open('gate')
    await shutdown
    expect(outcomes(await emission.settled)).toEqual(['ERR_EMITTER_CLOSED'])
    expect(await host.health()).toMatchObject({ late: { isHealthy: true } })
  })
})

describe('services in all five modes in one host', () => {
  checkForLeaks()

  it('live side by side while one crashes again and again, and nothing is left of them', async () => {
    const { host, add, events, went, said, path } = setStage()
    for (const mode of MODES) add({ mode, name: mode, dependsOn: [] })
    add(
      { mode: 'separate-process', name: 'crashing', restart: { strategy: 'immediate', maxRestarts: 3 } },
      { start: 'exit' },
    )
    await expect(host.start()).rejects.toMatchObject({ code: 'ERR_HOST_START' })
    await went('crashing', 'failed')
    expect(path('crashing').filter((status) => status === 'starting')).toHaveLength(4)
    for (const mode of MODES) expect(path(mode)).toEqual(['starting', 'ready', 'stopping', 'stopped'])
    expect(
      said('stopped')
        .map(({ service }) => service)
        .sort(),
    ).toEqual([...MODES].sort())
    expect((await events.emit(Work, { n: 1 }).settled).total).toBe(0)
  })

  it('handle on while one crashes at work, again and again', async () => {
    const { host, add, events, went } = setStage()
    for (const mode of MODES) add({ mode, name: mode })
    add({
      mode: 'separate-thread',
      name: 'crashing',
      restart: { strategy: 'immediate', maxRestarts: Infinity },
    })
    await host.start()
    for (let round = 1; round <= 3; round += 1) {
      const report = await events.emit(Work, { n: round, does: 'fail' }).settled
      expect(report.total).toBe(6)
      await went('crashing', 'ready', round + 1)
      for (const mode of MODES) await went(mode, 'ready', round + 1)
    }
    const report = await events.emit(Work, { n: 4 })
    expect(report.fulfilled).toBe(6)
  })
})
