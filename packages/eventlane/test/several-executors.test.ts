import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { checkForLeaks } from '@eventlane/testing'
import {
  ChildWork,
  describesItself,
  echoes,
  emitsChild,
  exits,
  failsAtFirst,
  holds,
  MoreWork,
  notes,
  stops,
  takesTurns,
  tellsMetadata,
  Work,
  type Job,
} from '@eventlane/testing/handlers'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  defineEvent,
  defineHandler,
  EmitterClosedError,
  EventEmitter,
  EventLinker,
  InlineExecutor,
  payload,
  PayloadNotPortableError,
  payloads,
  ProcessExecutor,
  QueueFullError,
  ThreadExecutor,
  WorkerLostError,
  type EmissionReport,
  type Executor,
} from '../src/index.js'

interface Place {
  readonly mode: string
  readonly pid: number
  readonly threadId: number
}

const PATIENCE = { timeout: 15_000, interval: 5 }

/** Returns its payload as it is. */
const same = defineHandler(import.meta.url, function same(value: unknown) {
  return value
})

/** Returns what only a handler by reference can. */
const returnsFunction = defineHandler(import.meta.url, function returnsFunction() {
  return () => undefined
})

/** An emitter on threads, beside which there are processes: `isolated`; and what else is given. */
function setUp<Name extends string = never>(
  {
    threads = new ThreadExecutor({ workers: 1 }),
    processes = new ProcessExecutor({ workers: 1 }),
  }: { readonly threads?: Executor; readonly processes?: Executor } = {},
  others = {} as Readonly<Record<Name, Executor>>,
) {
  const linker = new EventLinker()
  const events = new EventEmitter({
    executor: threads,
    executors: { isolated: processes, ...others },
    linker,
  })
  const witness = mkdtempSync(join(tmpdir(), 'eventlane-'))
  const open = (gate = 'all'): void => {
    writeFileSync(join(witness, `${gate}.open`), '')
  }
  onTestFinished(async () => {
    open()
    await events.shutdown({ cancelPending: true, timeoutMs: 10_000 })
    rmSync(witness, { recursive: true })
  })
  const job = (label = '', more: Partial<Job> = {}): Job => ({ witness, label, ...more })
  const heard = (): string[] => {
    const file = join(witness, 'testimonies')
    if (!existsSync(file)) return []
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    return lines.map((line) => {
      const { what, label } = JSON.parse(line) as { what: string; label: string }
      return `${what} ${label}`
    })
  }
  const untilHeard = async (what: string, count = 1): Promise<void> => {
    await vi.waitFor(() => {
      expect(heard().filter((one) => one === what)).toHaveLength(count)
    }, PATIENCE)
  }
  return { threads, processes, linker, events, job, open, heard, untilHeard }
}

function statuses({ outcomes }: EmissionReport): string[] {
  return outcomes.map(({ status }) => status)
}

function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('an emitter with several executors', { timeout: 30_000 }, () => {
  checkForLeaks()

  it('runs the handlers of one emission where their links say, with one report and one drain', async () => {
    const { linker, events, job, heard } = setUp()
    linker.on(Work, (_, { mode }) => ({ mode, pid: process.pid, threadId }), { local: true })
    linker.on(Work, describesItself)
    linker.on(Work, notes, { executor: 'isolated' })
    linker.on(MoreWork, describesItself, { executor: 'isolated' })
    const report = await events.emit(Work, job('once'))
    expect(statuses(report)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    const places = report.outcomes.slice(0, 2).map((one) => (one as { value?: unknown }).value as Place)
    expect(places).toMatchObject([
      { mode: 'main-event-loop-async', pid: process.pid, threadId },
      { mode: 'separate-thread', pid: process.pid },
    ])
    expect(places[1]?.threadId).not.toBe(threadId)
    expect(heard().sort()).toEqual(['ran once', 'ran once'])
    const isolated = (await events.emit(MoreWork, job())).outcomes[0] as unknown as { value: Place }
    expect(isolated.value.mode).toBe('separate-process')
    expect(isolated.value.pid).not.toBe(process.pid)
    expect(await events.drain()).toMatchObject({ total: 4, fulfilled: 4 })
  })

  it('loses no handler in one executor to what another does to its worker', async () => {
    const { linker, events, job } = setUp()
    linker.on(Work, notes)
    linker.on(Work, exits, { executor: 'isolated' })
    const report = await events.emit(Work, job('', { exitCode: 3 })).settled
    expect(statuses(report)).toEqual(['fulfilled', 'rejected'])
    expect((report.outcomes[1] as { error?: unknown }).error).toBeInstanceOf(WorkerLostError)
  })

  it('emits from handlers in any of them, with metadata, to handlers in any of them', async () => {
    const { linker, events, job } = setUp()
    const found: unknown[] = []
    const onSuccess = (value: unknown): unknown => found.push(value)
    linker.on(Work, emitsChild, { executor: 'isolated' })
    linker.on(MoreWork, emitsChild)
    linker.on(ChildWork, tellsMetadata, { onSuccess })
    linker.on(ChildWork, echoes, { executor: 'isolated' })
    events.emit(Work, job(), { metadata: { from: 'process' } })
    await events.drain()
    events.emit(MoreWork, job(), { metadata: { from: 'thread' } })
    expect(await events.drain()).toMatchObject({ total: 6, fulfilled: 6 })
    expect(found).toEqual([{ from: 'process' }, { from: 'thread' }])
  })

  it('retries, orders and times out in the executor of the link', async () => {
    const { linker, events, job, heard } = setUp({ processes: new ProcessExecutor({ workers: 2 }) })
    linker.on(Work, failsAtFirst, { executor: 'isolated', retry: { attempts: 2, delayMs: 1 } })
    linker.on(MoreWork, takesTurns, { executor: 'isolated', order: 'serial' })
    linker.on(ChildWork, stops, { executor: 'isolated', timeoutMs: 200 })
    expect((await events.emit(Work, job('', { failures: 1 }))).of(failsAtFirst)).toMatchObject({ value: 2 })
    for (const label of ['a', 'b', 'c']) events.emit(MoreWork, job(label, { turns: 5 }))
    const late = await events.emit(ChildWork, job('late')).settled
    expect(late.of(stops)).toMatchObject({ status: 'rejected', error: { code: 'ERR_HANDLER_TIMEOUT' } })
    await events.drain()
    const turns = heard().filter((what) => /^\w+ [abc]$/.test(what))
    expect(turns.map((what) => what.at(-1))).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
  })

  it('cancels an emission in all of them', async () => {
    const { linker, events, job, untilHeard } = setUp()
    linker.on(Work, stops)
    linker.on(Work, holds, { executor: 'isolated' })
    const emission = events.emit(Work, job('both', { gate: 'held' }))
    await untilHeard('started both', 2)
    emission.cancel('enough')
    expect(statuses(await emission.settled)).toEqual(['cancelled', 'cancelled'])
  })

  it('starts the workers of all of them in ready, and checks each handler in its own', async () => {
    const { linker, events, threads, processes } = setUp()
    linker.on(Work, notes)
    linker.on(MoreWork, notes, { executor: 'isolated' })
    await events.ready()
    expect([threads.stats().workers, processes.stats().workers]).toEqual([1, 1])
  })

  it('shuts all of them down', async () => {
    const { linker, events, threads, processes, job } = setUp()
    linker.on(Work, notes)
    linker.on(Work, echoes, { executor: 'isolated' })
    events.emit(Work, job())
    expect(await events.shutdown()).toMatchObject({ total: 2, fulfilled: 2 })
    expect([threads.stats().workers, processes.stats().workers]).toEqual([0, 0])
    expect(thrownBy(() => events.emit(Work, job()))).toBeInstanceOf(EmitterClosedError)
  })

  it('terminates all of them', async () => {
    const { linker, events, threads, processes, job, untilHeard } = setUp()
    linker.on(Work, holds)
    linker.on(MoreWork, holds, { executor: 'isolated' })
    events.emit(Work, job('held'))
    events.emit(MoreWork, job('held'))
    await untilHeard('started held', 2)
    expect(await events.terminate()).toMatchObject({ total: 2, cancelled: 2 })
    expect([threads.stats().workers, processes.stats().workers]).toEqual([0, 0])
  })

  describe('whose queue is full', () => {
    it.each([
      ['the executor', undefined],
      ['a named executor', 'isolated'],
    ])('emits to none of them where it is that of %s, and to all when there is room', async (_, full) => {
      const { linker, events, threads, processes, job, open, heard, untilHeard } = setUp({
        threads: new ThreadExecutor({ workers: 1, maxQueue: 1 }),
        processes: new ProcessExecutor({ workers: 1, maxQueue: 1 }),
      })
      linker.on(MoreWork, holds, full === undefined ? {} : { executor: full })
      linker.once(Work, notes)
      linker.once(Work, echoes, { executor: 'isolated' })
      events.emit(MoreWork, job('holds', { gate: 'held' }))
      await untilHeard('started holds')
      const waiting = events.emit(MoreWork, job('waits', { gate: 'held' }))
      const before = [threads.stats().queued, processes.stats().queued]
      for (let attempt = 0; attempt < 3; attempt += 1)
        expect(thrownBy(() => events.emit(Work, job('refused')))).toBeInstanceOf(QueueFullError)
      expect([threads.stats().queued, processes.stats().queued]).toEqual(before)
      expect(before).toEqual(full === undefined ? [1, 0] : [0, 1])
      open('held')
      await waiting
      expect(statuses(await events.emit(Work, job('taken')))).toEqual(['fulfilled', 'fulfilled'])
      expect(heard().filter((what) => what.startsWith('ran'))).toEqual(['ran taken'])
      expect(await events.drain()).toMatchObject({ total: 4, fulfilled: 4 })
    })

    it('keeps the room that it has reserved, whatever callbacks emit meanwhile', async () => {
      const dropping = new InlineExecutor({ concurrency: 1, maxQueue: 1, overflow: 'drop-oldest' })
      const refusing = new InlineExecutor({ concurrency: 1, maxQueue: 1 })
      const { linker, events, job, open, untilHeard } = setUp({}, { dropping, refusing })
      const errors: unknown[] = []
      const onFailure = (): void => {
        // Room for one is there, and not for this one.
        errors.push(thrownBy(() => events.emit(ChildWork, job('intruder'))))
      }
      linker.on(MoreWork, holds, { executor: 'dropping', onFailure })
      linker.on(ChildWork, holds, { executor: 'refusing' })
      events.emit(MoreWork, job('runs'))
      events.emit(ChildWork, job('runs'))
      await untilHeard('started runs', 2)
      const dropped = events.emit(MoreWork, job('dropped'))
      linker.on(Work, notes, { executor: 'dropping' })
      linker.on(Work, echoes, { executor: 'refusing' })
      const emission = events.emit(Work, job('both'))
      expect(statuses(await dropped.settled)).toEqual(['dropped'])
      expect(errors).toMatchObject([{ code: 'ERR_QUEUE_FULL' }])
      open()
      expect(statuses(await emission)).toEqual(['fulfilled', 'fulfilled'])
    })

    it('is admitted when all of them have room', async () => {
      const waiting = new InlineExecutor({ concurrency: 1, maxQueue: 1, overflow: 'wait' })
      const { linker, events, job, open, untilHeard } = setUp({}, { waiting })
      linker.on(MoreWork, holds, { executor: 'waiting' })
      linker.on(Work, echoes)
      linker.on(Work, notes, { executor: 'waiting' })
      events.emit(MoreWork, job('runs'))
      await untilHeard('started runs')
      events.emit(MoreWork, job('waits'))
      const emission = events.emit(Work, job())
      let isAdmitted = false
      void emission.admitted.then(() => (isAdmitted = true))
      await vi.waitFor(() => {
        expect(emission.tasks[0]?.status).toBe('fulfilled')
      }, PATIENCE)
      expect(isAdmitted).toBe(false)
      open()
      await emission.admitted
      expect(statuses(await emission)).toEqual(['fulfilled', 'fulfilled'])
    })
  })

  describe('and payloads', () => {
    const Anything = defineEvent('several.anything', payload<unknown>())

    it('checks each payload for the executors that it goes to', async () => {
      const { linker, events } = setUp({}, { here: new InlineExecutor({ portable: false }) })
      const callback = (): void => undefined
      linker.on(Anything, same, { executor: 'here' })
      const report = await events.emit(Anything, callback)
      expect(report.of(same)).toMatchObject({ value: callback })
      const link = linker.on(Anything, echoes as never, { executor: 'isolated' })
      expect(thrownBy(() => events.emit(Anything, { callback }))).toBeInstanceOf(PayloadNotPortableError)
      expect(await events.drain()).toMatchObject({ total: 1 })
      link.unlink()
      linker.clear()
      // By the rule of the executor, where nobody is linked.
      expect(thrownBy(() => events.emit(Anything, callback))).toBeInstanceOf(PayloadNotPortableError)
    })

    it('encodes a payload once for all executors that get it as text', async () => {
      const { linker, events, job } = setUp({}, { here: new InlineExecutor({ portable: false }) })
      linker.on(Work, echoes)
      linker.on(Work, notes)
      linker.on(Work, describesItself, { executor: 'isolated' })
      linker.on(Work, failsAtFirst, { executor: 'isolated', retry: { attempts: 2, delayMs: 1 } })
      linker.on(Work, tellsMetadata, { executor: 'here' })
      const encode = vi.spyOn(payloads, 'encode')
      onTestFinished(() => {
        encode.mockRestore()
      })
      await events.emit(Work, job('', { failures: 1 }), { metadata: { tenant: 'acme' } })
      expect(encode.mock.calls.map(([value]) => value)).toEqual([
        job('', { failures: 1 }),
        { tenant: 'acme' },
      ])
    })

    it('gives handlers by reference what handlers elsewhere emit', async () => {
      const { linker, events, job } = setUp({}, { here: new InlineExecutor({ portable: false }) })
      linker.on(Work, emitsChild, { executor: 'isolated' })
      linker.on(ChildWork, same as never, { executor: 'here' })
      linker.on(ChildWork, returnsFunction, { executor: 'here' })
      events.emit(Work, job('parent'))
      expect(await events.drain()).toMatchObject({ total: 3, fulfilled: 3 })
    })
  })
})
