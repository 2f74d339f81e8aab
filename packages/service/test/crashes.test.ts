import { checkForLeaks } from '@eventlane/testing'
import { describe, expect, it } from 'vitest'
import { crashing, fickle, Other, Work } from './services/services.js'
import { isAlive, MODES, outcomes, setStage, until, WORKER_MODES } from './services/stage.js'

const restart = { strategy: 'immediate' } as const

describe.each(WORKER_MODES)('a crash in mode %s', (mode) => {
  checkForLeaks()

  it.each([
    ['exits', 'exit', /exited with code 7/],
    ['throws where nobody catches', 'uncaught', /crashed \(RangeError: nobody catches this\)/],
  ] as const)('of a service that %s is told with its reason, and restarts it', async (_, does, reason) => {
    const { host, add, events, went, transitions, said } = setStage()
    const service = add({ mode, restart })
    await host.start()
    expect(outcomes(await events.emit(Work, { n: 1, does }).settled)).toEqual(['ERR_SERVICE_LOST'])
    await went('worker', 'ready', 2)
    expect(transitions.find(({ to }) => to === 'down')!.reason).toMatch(reason)
    expect(service.error).toMatchObject({ code: 'ERR_SERVICE_LOST', reason: expect.stringMatching(reason) })
    expect(said('started').map(({ incarnation }) => incarnation)).toEqual([1, 2])
    expect(outcomes(await events.emit(Work, { n: 2 }).settled)).toEqual([{ n: 2, handled: 1 }])
  })

  it('by a blocked event loop is noticed by the missing heartbeat', async () => {
    const { host, add, events, went, transitions } = setStage()
    add({ mode, restart, heartbeat: { intervalMs: 20, timeoutMs: 400 } })
    await host.start()
    expect(outcomes(await events.emit(Work, { n: 1, does: 'block' }).settled)).toEqual(['ERR_SERVICE_LOST'])
    await went('worker', 'ready', 2)
    expect(transitions.find(({ to }) => to === 'down')!.reason).toMatch(/no sign of life for 400 ms/)
    expect(outcomes(await events.emit(Work, { n: 2 }).settled)).toEqual([{ n: 2, handled: 1 }])
  })

  it('has not happened to one that only does not answer about its health in time', async () => {
    const { host, add, events, said } = setStage()
    const service = add({ mode, stopTimeoutMs: 100 })
    await host.start()
    events.emit(Work, { n: 1, does: 'block' })
    await until(() => said('began').length === 1, 'it blocks')
    expect(await service.health(50)).toMatchObject({
      status: 'ready',
      isHealthy: false,
      error: { message: 'the service did not answer within 50 ms' },
    })
  })

  it('by a start that blocks for too long is told', async () => {
    const { host, add, transitions } = setStage()
    add({ mode, restart: { strategy: 'never' }, startTimeoutMs: 1000 }, { start: 'block' })
    await expect(host.start()).rejects.toMatchObject({ code: 'ERR_HOST_START' })
    expect(transitions.find(({ to }) => to === 'failed')!.reason).toMatch(/was not ready after 1000 ms/)
  })
})

describe.each(['separate-process', 'separate-process-async'] as const)('a process in mode %s', (mode) => {
  checkForLeaks()

  it('that is killed from outside is replaced', async () => {
    const { host, add, went, said, transitions } = setStage()
    const service = add({ mode, restart })
    await host.start()
    const { pid } = said('started')[0]!
    process.kill(pid, 'SIGKILL')
    await went('worker', 'ready', 2)
    expect(service.error).toMatchObject({ exitSignal: 'SIGKILL' })
    expect(transitions.find(({ to }) => to === 'down')!.reason).toContain('SIGKILL')
    await until(() => !isAlive(pid), 'the old process is gone')
  })

  it.skipIf(process.platform === 'win32')('that is stopped by SIGSTOP is killed and replaced', async () => {
    const { host, add, went, said } = setStage()
    add({ mode, restart, heartbeat: { intervalMs: 20, timeoutMs: 400 } })
    await host.start()
    const { pid } = said('started')[0]!
    process.kill(pid, 'SIGSTOP')
    await went('worker', 'ready', 2)
    await until(() => !isAlive(pid), 'the old process is gone')
  })

  it('leaves SIGTERM and SIGINT to its host', async () => {
    const { host, add, said, events, path } = setStage()
    add({ mode, restart })
    await host.start()
    const { pid } = said('started')[0]!
    process.kill(pid, 'SIGTERM')
    process.kill(pid, 'SIGINT')
    expect(outcomes(await events.emit(Work, { n: 1 }).settled)).toEqual([{ n: 1, handled: 1 }])
    expect(path('worker')).toEqual(['starting', 'ready'])
  })
})

describe.each(MODES)('a service in mode %s', (mode) => {
  checkForLeaks()

  it('that gives up is restarted, and its signal has aborted', async () => {
    const { host, add, events, went, transitions } = setStage()
    add({ mode, restart })
    await host.start()
    expect(outcomes(await events.emit(Work, { n: 1, does: 'fail' }).settled)).toEqual(['ERR_SERVICE_LOST'])
    await went('worker', 'ready', 2)
    expect(transitions.find(({ to }) => to === 'down')!.reason).toBe('gave up: broken')
    expect(outcomes(await events.emit(Work, { n: 2 }).settled)).toEqual([{ n: 2, handled: 1 }])
  })

  it('that fails to start is started again, until it starts well', async () => {
    const { host, add, said, path } = setStage()
    add({ mode, restart }, { start: 'throw', wellFrom: 3 })
    await host.start()
    expect(said('starting').map(({ incarnation }) => incarnation)).toEqual([1, 2, 3])
    expect(path('worker')).toEqual(['starting', 'down', 'starting', 'down', 'starting', 'ready'])
  })

  it('that fails as often as it may has failed for good, with the error of the last time', async () => {
    const { host, add, path } = setStage()
    const service = add({ mode, restart: { ...restart, maxRestarts: 2 } }, { start: 'throw' })
    await expect(host.start()).rejects.toThrow(/has failed/)
    expect(path('worker')).toEqual(['starting', 'down', 'starting', 'down', 'starting', 'failed', 'stopped'])
    expect(service.error?.cause).toMatchObject({ name: 'RangeError', message: 'start 3 throws' })
  })

  it('that is never restarted has failed at its first crash', async () => {
    const { host, went, path } = setStage()
    const service = host.add(crashing, { mode, restart: { strategy: 'never' } })
    await host.start().catch(() => undefined)
    await went('crashing', 'failed')
    expect(path('crashing').filter((status) => status === 'starting')).toHaveLength(1)
    expect(service.error?.reason).toBe('ended with an error')
  })

  it('keeps the subscriptions of its new incarnation only', async () => {
    const { host, events, went } = setStage()
    host.add(fickle, { mode, restart })
    await host.start()
    expect((await events.emit(Other, { n: 1 })).total).toBe(1)
    expect(outcomes(await events.emit(Work, { n: 1, does: 'fail' }).settled)).toEqual(['ERR_SERVICE_LOST'])
    await went('fickle', 'ready', 2)
    expect((await events.emit(Other, { n: 1 })).total).toBe(0)
    expect(outcomes(await events.emit(Work, { n: 2 }).settled)).toEqual([2])
  })
})

describe('events for a service that is down', () => {
  checkForLeaks()

  const slow = { strategy: 'fixed', delayMs: 500 } as const

  it('wait for its restart, in order', async () => {
    const { host, add, events, said, went } = setStage()
    const service = add({ mode: 'separate-thread', restart: slow })
    await host.start()
    const lost = events.emit(Work, { n: 0, does: 'fail' }).settled
    await went('worker', 'down')
    const emissions = [1, 2, 3].map((n) => events.emit(Work, { n }).settled)
    await until(() => service.waiting === 3, 'three wait')
    expect(service.status).toBe('down')
    expect(outcomes(await lost)).toEqual(['ERR_SERVICE_LOST'])
    await Promise.all(emissions)
    expect(
      said('handled')
        .map(({ n, incarnation }) => [n, incarnation])
        .slice(-3),
    ).toEqual([
      [1, 2],
      [2, 2],
      [3, 2],
    ])
  })

  it('are rejected beyond maxWaiting, and are told so', async () => {
    const { host, add, events, went } = setStage()
    add({ mode: 'separate-thread', restart: slow, maxWaiting: 2 })
    await host.start()
    events.emit(Work, { n: 0, does: 'fail' })
    await went('worker', 'down')
    const reports = await Promise.all([1, 2, 3].map((n) => events.emit(Work, { n }).settled))
    expect(reports.map(outcomes)).toEqual([
      [{ n: 1, handled: 1 }],
      [{ n: 2, handled: 2 }],
      ['ERR_SERVICE_UNAVAILABLE'],
    ])
  })

  it('are rejected at once on request', async () => {
    const { host, add, events, went } = setStage()
    add({ mode: 'separate-thread', restart: slow, whileDown: 'reject' })
    await host.start()
    events.emit(Work, { n: 0, does: 'fail' })
    await went('worker', 'down')
    expect(outcomes(await events.emit(Work, { n: 1 }).settled)).toEqual(['ERR_SERVICE_UNAVAILABLE'])
    await went('worker', 'ready', 2)
    expect(outcomes(await events.emit(Work, { n: 2 }).settled)).toEqual([{ n: 2, handled: 1 }])
  })

  it('are rejected with the cause when it has failed for good', async () => {
    const { host, add, events, went } = setStage()
    add({ mode: 'separate-thread', restart: { strategy: 'never' } })
    await host.start()
    events.emit(Work, { n: 0, does: 'fail' })
    await went('worker', 'failed')
    const [outcome] = (await events.emit(Work, { n: 1 }).settled).outcomes
    expect(outcome).toMatchObject({
      status: 'rejected',
      error: { code: 'ERR_SERVICE_UNAVAILABLE', cause: { code: 'ERR_SERVICE_LOST' } },
    })
  })

  it('that are cancelled never reach it', async () => {
    const { host, add, events, said, went } = setStage()
    const service = add({ mode: 'separate-thread', restart: slow })
    await host.start()
    events.emit(Work, { n: 0, does: 'fail' })
    await went('worker', 'down')
    const cancelled = events.emit(Work, { n: 1 })
    const kept = events.emit(Work, { n: 2 })
    await until(() => service.waiting === 2, 'both wait')
    cancelled.cancel()
    await kept.settled
    expect(said('began').map(({ n }) => n)).toEqual([0, 2])
  })
})
