import { EventEmitter, InvalidOptionError, NestedExecutorError } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import { Host } from '@eventlane/service'
import { checkForLeaks } from '@eventlane/testing'
import { describe, expect, it } from 'vitest'
import { loop, Work, worker } from './services/services.js'
import { isAlive, MODES, outcomes, setStage, until, WORKER_MODES } from './services/stage.js'

describe.each(MODES)('a stop in mode %s', (mode) => {
  checkForLeaks()

  it('lets through the events that wait, also where other handlers hold them up', async () => {
    const { host, add, events, said } = setStage()
    const holdUp = (): void => {
      for (const begun = performance.now(); performance.now() - begun < 1;);
    }
    using _ = events.linker.on(Work, holdUp, { local: true })
    add({ mode })
    await host.start()
    const emissions = Array.from({ length: 20 }, (_, n) => events.emit(Work, { n }).settled)
    const stopping = host.stop()
    const reports = await Promise.all(emissions)
    await stopping
    expect(reports.map(outcomes)).toEqual(
      Array.from({ length: 20 }, (_, n) => [undefined, { n, handled: n + 1 }]),
    )
    expect(said('aborted')).toHaveLength(1)
    expect((await events.emit(Work, { n: 21 })).total).toBe(1)
  })

  it('waits for what the service does when it stops, which may still emit', async () => {
    const { host, add, dones } = setStage()
    add({ mode }, { stop: 'slow' })
    await host.start()
    await host.stop()
    await until(() => dones.some(({ what }) => what === 'stopped'), 'it says that it has stopped')
  })

  it('tells of a stop that throws', async () => {
    const { host, add, transitions, went } = setStage()
    add({ mode }, { stop: 'throw' })
    await host.start()
    await host.stop()
    await went('worker', 'stopped')
    expect(transitions.at(-1)).toMatchObject({ to: 'stopped', reason: 'failed to stop: cannot stop' })
  })

  it('is over although the service is not, when its time is', async () => {
    const { host, add, transitions, went, said } = setStage()
    add({ mode, stopTimeoutMs: 100 }, { stop: 'deaf' })
    await host.start()
    await host.stop()
    await went('worker', 'stopped')
    expect(transitions.at(-1)!.reason).toMatch(/did not stop within 100 ms, and was killed/)
    expect(said('stopped')).toEqual([])
  })

  it('while the service starts ends it', async () => {
    const { host, add, said, went } = setStage()
    add({ mode }, { start: 'hang' })
    const starting = host.start()
    starting.catch(() => undefined)
    await until(() => said('starting').length === 1, 'it starts')
    await host.stop()
    await expect(starting).rejects.toMatchObject({ code: 'ERR_HOST_START' })
    await went('worker', 'stopped')
  })

  it('while the service is down cancels its restart', async () => {
    const { host, add, went, said } = setStage()
    add({ mode, restart: { strategy: 'fixed', delayMs: 60_000, maxDelayMs: 60_000 } }, { start: 'throw' })
    const starting = host.start()
    starting.catch(() => undefined)
    await went('worker', 'down')
    await host.stop()
    await expect(starting).rejects.toMatchObject({ code: 'ERR_HOST_START' })
    expect(said('starting')).toHaveLength(1)
  })

  it('rejects an event that its handler holds until it is killed', async () => {
    const { host, add, events, said } = setStage()
    add({ mode, stopTimeoutMs: 100 })
    await host.start()
    const held = events.emit(Work, { n: 1, does: 'hold', gate: 'never' })
    await until(() => said('began').length === 1, 'it holds')
    await host.stop()
    expect(outcomes(await held.settled)).toEqual(['ERR_SERVICE_LOST'])
    held.cancel()
  })
})

describe.each(WORKER_MODES)('a kill in mode %s', (mode) => {
  checkForLeaks()

  it('ends a service that blocks its event loop while it stops', async () => {
    const { host, add, said } = setStage()
    add({ mode, stopTimeoutMs: 100 }, { stop: 'blocked' })
    await host.start()
    await host.stop()
    const { pid } = said('started')[0]!
    if (pid !== process.pid) await until(() => !isAlive(pid), 'its process is gone')
  })

  it('ends it at once', async () => {
    const { host, add, said } = setStage()
    add({ mode }, { stop: 'deaf' })
    await host.start()
    await host.kill()
    expect(said('stopping')).toEqual([])
  })
})

describe('a host', () => {
  checkForLeaks()

  it('starts services one after the other, and stops them in the opposite order', async () => {
    const { host, add, testimonies } = setStage()
    for (const name of ['a', 'b']) add({ name, mode: 'separate-thread' }, { stop: 'slow' })
    await host.start()
    await host.stop()
    expect(testimonies().map(({ service, what }) => `${service} ${what}`)).toEqual([
      'a starting',
      'a started',
      'b starting',
      'b started',
      'b aborted',
      'b stopping',
      'b stopped',
      'a aborted',
      'a stopping',
      'a stopped',
    ])
  })

  it('starts a service after those that it depends on, and stops it before them', async () => {
    const { host, add, transitions, went } = setStage()
    add({ name: 'base', mode: 'separate-process' })
    add({ name: 'lone', mode: 'main-event-loop-async', dependsOn: [] })
    add({ name: 'left', mode: 'separate-thread', dependsOn: ['base'] })
    add({ name: 'right', mode: 'separate-thread', dependsOn: ['base'] })
    add({ name: 'top', mode: 'main-event-loop-async', dependsOn: ['left', 'right'] })
    await host.start()
    expect(host.isReady).toBe(true)
    await host.stop()
    await went('base', 'stopped')
    const at = (service: string, to: string) =>
      transitions.findIndex((one) => one.service === service && one.to === to)
    expect(at('lone', 'ready')).toBeLessThan(at('base', 'ready'))
    for (const side of ['left', 'right']) {
      expect(at('base', 'ready')).toBeLessThan(at(side, 'starting'))
      expect(at(side, 'ready')).toBeLessThan(at('top', 'starting'))
      expect(at('top', 'stopped')).toBeLessThan(at(side, 'stopping'))
      expect(at(side, 'stopped')).toBeLessThan(at('base', 'stopping'))
    }
  })

  it('lets a service handle what those that depend on it emit while they stop', async () => {
    const { host, add, linker, said, events } = setStage()
    add({ name: 'writer', mode: 'separate-process' })
    add({ name: 'source', mode: 'separate-thread' }, { stop: 'slow' })
    // What a source says when it stops becomes work for the writer.
    linker.on(
      'service-test.done' as never,
      ({ service, what }: { service: string; what: string }) => {
        if (service === 'source' && what === 'stopped') events.emit(Work, { n: 99 })
      },
      { local: true },
    )
    await host.start()
    await host.stop()
    expect(said('handled').map(({ service, n }) => [service, n])).toContainEqual(['writer', 99])
  })

  it('kills what is left when the time for all is over', async () => {
    const { host, add, said } = setStage()
    for (const name of ['a', 'b', 'c']) add({ name, mode: 'separate-process' }, { stop: 'deaf' })
    await host.start()
    await host.stop({ timeoutMs: 200 })
    expect(host.services.map(({ status }) => status)).toEqual(['stopped', 'stopped', 'stopped'])
    await until(() => !said('started').some(({ pid }) => isAlive(pid)), 'all processes are gone')
  })

  it('stops at the end of the scope of await using', async () => {
    const { events } = setStage()
    let service
    {
      await using host = new Host({ events })
      service = host.add(loop, { mode: 'separate-thread' })
      await host.start()
      expect(service.status).toBe('ready')
    }
    expect(service.status).toBe('stopped')
  })

  it('has one start and one stop, however often they are called', async () => {
    const { host, add, said } = setStage()
    add({ mode: 'separate-thread' })
    await Promise.all([host.start(), host.start()])
    await Promise.all([host.stop(), host.stop()])
    await host.stop()
    expect(said('started')).toHaveLength(1)
    expect(said('aborted')).toHaveLength(1)
  })

  it('can be stopped without having been started', async () => {
    const { host, add } = setStage()
    const service = add()
    await host.stop()
    expect(service.status).toBe('stopped')
    await expect(host.start()).rejects.toMatchObject({ code: 'ERR_HOST_START' })
  })

  it('goes on when its emitter has been shut down before it', async () => {
    const { host, add, events } = setStage()
    const service = add({ mode: 'separate-thread' })
    await host.start()
    await events.shutdown({ timeoutMs: 1000 })
    await host.stop()
    expect(service.status).toBe('stopped')
  })

  it('refuses what it cannot run, naming it', async () => {
    const { host, add, folder } = setStage()
    const config = { folder }
    add({ name: 'one' })
    const refused: [() => unknown, RegExp][] = [
      [() => add({ name: 'one' }), /has a service of that name/],
      [() => add({ name: 'two', dependsOn: ['three'] }), /dependsOn names "three"/],
      [() => add({ mode: 'remote' as never }), /option mode/],
      [() => add({ restart: { strategy: 'daily' as never } }), /restart\.strategy/],
      [() => add({ heartbeat: { intervalMs: 100, timeoutMs: 150 } }), /less than twice/],
      [() => add({ mode: 'main-event-loop-async', env: {} }), /option env is about a worker/],
      [() => host.add(worker, { config: { folder: 1 as never } }), /config\.folder: must be a folder/],
      [() => host.add(worker, undefined as never), /option config is invalid/],
      [() => host.add(loop, { config: {} as never }), /takes none/],
      [() => host.add({} as never), /what was given as a service is none/],
      [() => new Host({} as never), /option events is missing/],
      [() => new Host({ events: {} as never }), /option events/],
    ]
    for (const [call, message] of refused) {
      expect(call).toThrow(InvalidOptionError)
      expect(call).toThrow(message)
    }
    expect(() =>
      host.add(worker, { name: 'two', config: { ...config, label: (() => {}) as never } }),
    ).toThrow(/not portable: config\.label/)
    await host.stop()
    expect(() => add({ name: 'late' })).toThrow(/the host has started/)
  })
})

it('no host starts in a worker', async () => {
  const { enterWorkerRealm } = await import('@eventlane/core/executor')
  // This file's realm is not used for anything else after this test.
  const events = new EventEmitter({ executor: new InlineExecutor() })
  const host = new Host({ events })
  enterWorkerRealm('thread')
  await expect(host.start()).rejects.toThrow(NestedExecutorError)
})
