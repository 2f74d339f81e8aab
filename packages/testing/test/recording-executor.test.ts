import { AsyncLocalStorage } from 'node:async_hooks'
import { readdirSync, readFileSync } from 'node:fs'
import {
  DeadlockError,
  defineEvent,
  defineHandler,
  EmissionError,
  EmitterClosedError,
  EventEmitter,
  EventLinker,
  HandlerTimeoutError,
  InvalidEventError,
  InvalidOptionError,
  InvalidPayloadError,
  payload,
  PayloadNotPortableError,
  type HandlerContext,
} from '@eventlane/core'
import { checkForLeaks } from '@eventlane/testing'
import {
  RecordedTaskError,
  RecordingExecutor,
  RunError,
  type RecordedTask,
  type RecordingExecutorOptions,
} from '@eventlane/testing/recording'
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest'
import { z } from 'zod'

interface Order {
  id: string
  at?: Date
}

const OrderPlaced = defineEvent('order.placed', payload<Order>())
const Paid = defineEvent('paid', z.object({ cents: z.string().transform(Number) }))
const Tick = defineEvent('tick')

function score(order: Order): number {
  return order.id.length
}
defineHandler(import.meta.url, score)

function setUp(options: RecordingExecutorOptions = {}) {
  const linker = new EventLinker()
  const recording = new RecordingExecutor(options)
  const events = new EventEmitter({ executor: recording, linker })
  const calls: string[] = []
  onTestFinished(async () => {
    await events.shutdown()
  })
  return { linker, recording, events, calls }
}

const statuses = (tasks: readonly RecordedTask[]) => tasks.map(({ status }) => status)
const ids = (tasks: readonly RecordedTask<Order>[]) => tasks.map((task) => task.payload.id)

/** A promise that is resolved from outside. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

describe('RecordingExecutor', () => {
  checkForLeaks()

  describe('new RecordingExecutor', () => {
    it.each([
      ['an unknown option', { holds: true }, 'holds'],
      ['a hold that is no boolean', { hold: 'yes' }, 'hold'],
      ['options that are no object', 1, 'object'],
      ['options that are null', null, 'object'],
    ])('refuses %s, naming it', (_, options, name) => {
      const make = () => new RecordingExecutor(options as never)
      expect(make).toThrow(InvalidOptionError)
      expect(make).toThrow(name)
    })

    it('needs no test runner', () => {
      const dist = new URL('../dist/', import.meta.url)
      const files = readdirSync(new URL('recording/', dist)).map((name) => `recording/${name}`)
      const imported = ['recording.js', ...files.filter((name) => name.endsWith('.js'))].flatMap((name) =>
        [...readFileSync(new URL(name, dist), 'utf8').matchAll(/(?:from|import) ["']([^"']+)["']/g)].map(
          ([, specifier = '']) => specifier,
        ),
      )
      expect(imported).toContain('./recording/recording-executor.js')
      expect(new Set(imported.filter((name) => !name.startsWith('.')))).toEqual(
        new Set(['@eventlane/core', '@eventlane/core/executor', 'node:async_hooks']),
      )
    })
  })

  describe('what is recorded', () => {
    it('is every task, in the order of emits and links, and no handler runs', async () => {
      const { linker, recording, events, calls } = setUp()
      linker.on(OrderPlaced, score)
      linker.on(OrderPlaced, ({ id }) => calls.push(id), { local: true })
      linker.on(Tick, () => calls.push('tick'), { local: true })
      const emission = events.emit(OrderPlaced, { id: 'o-1' })
      events.emit(Tick)
      await events.drain()
      expect(recording.recorded()).toEqual([
        {
          metadata: {},
          event: 'order.placed',
          payload: { id: 'o-1' },
          handler: `score (${import.meta.url})`,
          address: { module: import.meta.url, name: 'score' },
          emissionId: emission.id,
          parentId: undefined,
          attempt: 1,
          status: 'pending',
        },
        expect.objectContaining({ event: 'order.placed', handler: 'anonymous function (local)' }),
        expect.objectContaining({ event: 'tick', payload: undefined, address: undefined }),
      ])
      expect(calls).toEqual([])
      expect(recording.stats()).toMatchObject({ queued: 3, running: 0, workers: 0, workersLost: 0 })
    })

    it('can be asked for by event, by name, by handler, or by both', () => {
      const { linker, recording, events } = setUp()
      const other = () => {}
      class Receipts {
        @linker.on(OrderPlaced)
        static send(): string {
          return 'sent'
        }
      }
      linker.on(OrderPlaced, score)
      linker.on(OrderPlaced, other, { local: true })
      linker.on(Tick, other, { local: true })
      events.emit(OrderPlaced, { id: 'o-1' })
      events.emit(Tick)
      expect(recording.recorded(OrderPlaced)).toHaveLength(3)
      expect(recording.recorded('order.placed' as never)).toHaveLength(3)
      expect(recording.recorded(other).map(({ event }) => event)).toEqual(['order.placed', 'tick'])
      expect(recording.recorded(OrderPlaced, other)).toHaveLength(1)
      expect(recording.recorded(Receipts.send)).toHaveLength(1)
      expect(recording.recorded(defineEvent('nobody'))).toEqual([])
      expect(recording.recorded(() => {})).toEqual([])
    })

    it('is refused to a selection that is none, lest everything be taken for meant', async () => {
      const { recording } = setUp()
      expect(() => recording.recorded(undefined as never)).toThrow(InvalidEventError)
      expect(() => recording.recorded(OrderPlaced, undefined as never)).toThrow(InvalidOptionError)
      await expect(recording.run(undefined as never)).rejects.toThrow(InvalidEventError)
    })

    it('is typed by the event and the handler', async () => {
      const { recording } = setUp()
      expectTypeOf(recording.recorded()).toEqualTypeOf<RecordedTask[]>()
      expectTypeOf(recording.recorded(OrderPlaced)).toEqualTypeOf<RecordedTask<Order>[]>()
      expectTypeOf(recording.recorded(Paid)).toEqualTypeOf<RecordedTask<{ cents: number }>[]>()
      expectTypeOf(recording.recorded(OrderPlaced, score)).toEqualTypeOf<RecordedTask<Order, number>[]>()
      expectTypeOf(recording.recorded(score)).toEqualTypeOf<RecordedTask<Order, number>[]>()
      expectTypeOf(await recording.run(score)).toEqualTypeOf<RecordedTask<Order, number>[]>()
      const named = new RecordingExecutor<{ 'user.created': { name: string } }>()
      expectTypeOf(named.recorded('user.created')).toEqualTypeOf<RecordedTask<{ name: string }>[]>()
      const misuses = () => {
        // @ts-expect-error -- the handler takes another payload
        recording.recorded(Tick, score)
        // @ts-expect-error -- no such event
        named.recorded('user.deleted')
        for (const task of recording.recorded(score)) {
          // @ts-expect-error -- it returns a number
          recording.fulfil(task, 'text')
          // @ts-expect-error -- it returns something
          recording.fulfil(task)
        }
      }
      expect(misuses).toBeTypeOf('function')
    })

    it('is a copy: of the list, and of each payload as it was emitted', () => {
      const { linker, recording, events } = setUp()
      linker.on(OrderPlaced, score)
      const order: Order = { id: 'o-1', at: new Date(0) }
      events.emit(OrderPlaced, order)
      order.id = 'changed'
      const tasks = recording.recorded(OrderPlaced)
      for (const task of tasks) task.payload.id = 'changed'
      tasks.pop()
      expect(recording.recorded(OrderPlaced)).toMatchObject([{ payload: { id: 'o-1', at: new Date(0) } }])
    })

    it('is nothing that emit refuses', () => {
      const { linker, recording, events } = setUp()
      linker.on(OrderPlaced, score)
      linker.on(Paid, () => {}, { local: true })
      expect(() => events.emit(OrderPlaced, { id: (() => '') as never })).toThrow(PayloadNotPortableError)
      expect(() => events.emit(Paid, { cents: 1 as never })).toThrow(InvalidPayloadError)
      expect(recording.recorded()).toEqual([])
      events.emit(Paid, { cents: '12' })
      expect(recording.recorded(Paid)).toMatchObject([{ payload: { cents: 12 } }])
    })

    it('is one task of a `once` link', async () => {
      const { linker, recording, events, calls } = setUp()
      linker.once(OrderPlaced, ({ id }) => calls.push(id), { local: true })
      events.emit(OrderPlaced, { id: 'o-1' })
      events.emit(OrderPlaced, { id: 'o-2' })
      expect(ids(recording.recorded(OrderPlaced))).toEqual(['o-1'])
      await recording.run()
      expect(calls).toEqual(['o-1'])
    })

    it('is forgotten by clear', async () => {
      const { linker, recording, events, calls } = setUp()
      linker.on(OrderPlaced, ({ id }) => calls.push(id), { local: true })
      events.emit(OrderPlaced, { id: 'o-1' })
      const [forgotten] = recording.recorded()
      recording.clear()
      expect(recording.recorded()).toEqual([])
      events.emit(OrderPlaced, { id: 'o-2' })
      await recording.run()
      expect(calls).toEqual(['o-2'])
      expect(await events.drain()).toMatchObject({ total: 2, cancelled: 1, handedOver: 1 })
      await expect(recording.run(forgotten!)).rejects.toThrow(RecordedTaskError)
    })
  })

  describe('without hold', () => {
    it('code that awaits its emissions goes on, and learns that they are handed over', async () => {
      const { linker, events } = setUp()
      linker.on(OrderPlaced, score)
      const emission = events.emit(OrderPlaced, { id: 'o-1' })
      expect(emission.tasks).toMatchObject([{ status: 'pending' }])
      const report = await emission
      expect(report).toMatchObject({ total: 1, handedOver: 1 })
      expect(report.of(score)?.status).toBe('handed-over')
      expect(await events.drain()).toMatchObject({ total: 1, handedOver: 1 })
    })

    it('a task that was cancelled, or whose link was removed, before it was handed over is not run', async () => {
      const { linker, recording, events, calls } = setUp()
      const link = linker.on(Tick, () => calls.push('tick'), { local: true })
      linker.on(OrderPlaced, () => calls.push('order'), { local: true })
      const reason = new Error('not any more')
      const cancelled = events.emit(OrderPlaced, { id: 'o-1' })
      const unlinked = events.emit(Tick)
      cancelled.cancel(reason)
      link.unlink()
      await Promise.all([cancelled.settled, unlinked.settled])
      const tasks = await recording.run()
      expect(calls).toEqual([])
      expect(tasks).toEqual([])
      expect(recording.recorded()).toMatchObject([
        { status: 'cancelled', reason },
        { status: 'cancelled', reason: { message: 'the link was removed before the task started' } },
      ])
    })

    it('a link with retry has one attempt', async () => {
      const { linker, recording, events, calls } = setUp()
      const fail = (_: Order, { attempt }: HandlerContext) => {
        calls.push(String(attempt))
        throw new Error('busy')
      }
      linker.on(OrderPlaced, fail, { local: true, retry: { attempts: 3 } })
      await events.emit(OrderPlaced, { id: 'o-1' })
      await expect(recording.run(fail)).rejects.toThrow(RunError)
      expect(calls).toEqual(['1'])
    })

    it('fulfil and reject are refused, since nobody would see the outcome', () => {
      const { linker, recording, events } = setUp()
      linker.on(OrderPlaced, score)
      events.emit(OrderPlaced, { id: 'o-1' })
      const [task] = recording.recorded(score)
      expect(() => recording.fulfil(task!, 1)).toThrow(/\{ hold: true \}/)
      expect(() => recording.reject(task!, new Error('no'))).toThrow(RecordedTaskError)
      expect(statuses(recording.recorded())).toEqual(['pending'])
    })

    it('leaving the scope of the emitter cancels what was not run, and leaves the recording to be looked at', async () => {
      const { linker, recording, events, calls } = setUp()
      linker.on(OrderPlaced, ({ id }) => calls.push(id), { local: true })
      {
        await using scope = events
        scope.emit(OrderPlaced, { id: 'o-1' })
      }
      expect(recording.recorded(OrderPlaced)).toMatchObject([
        {
          payload: { id: 'o-1' },
          status: 'cancelled',
          reason: { message: 'the executor was shut down before the task was run' },
        },
      ])
      await expect(recording.run()).rejects.toThrow(EmitterClosedError)
      expect(calls).toEqual([])
    })

    it('a handler may shut its emitter down', async () => {
      const { linker, recording, events, calls } = setUp()
      const stop = async () => {
        await events.shutdown()
        calls.push('stopped')
      }
      linker.on(Tick, stop, { local: true })
      events.emit(Tick)
      await recording.run()
      expect(calls).toEqual(['stopped'])
    })
  })

  for (const hold of [false, true]) {
    describe(`run, with hold ${hold}`, () => {
      it('runs the handlers of the selection once, and tells how they ended', async () => {
        const { linker, recording, events, calls } = setUp({ hold })
        linker.on(OrderPlaced, score)
        const note = ({ id }: Order) => void calls.push(id)
        linker.on(OrderPlaced, note, { local: true })
        events.emit(OrderPlaced, { id: 'o-1' })
        events.emit(OrderPlaced, { id: 'o-22' })
        expect(await recording.run(score)).toMatchObject([
          { status: 'fulfilled', value: 3 },
          { status: 'fulfilled', value: 4 },
        ])
        expect(calls).toEqual([])
        const [, second] = recording.recorded(note)
        await recording.run(second!)
        expect(calls).toEqual(['o-22'])
        await recording.run(OrderPlaced)
        await recording.run()
        expect(calls).toEqual(['o-22', 'o-1'])
        expect(statuses(recording.recorded())).toEqual(Array(4).fill('fulfilled'))
        await expect(recording.run(second!)).rejects.toThrow('the task is fulfilled, not pending')
      })

      it('gives each handler a copy of the payload of its own, and its context', async () => {
        const { linker, recording, events, calls } = setUp({ hold })
        for (const name of ['a', 'b']) {
          linker.on(
            OrderPlaced,
            (order, { event, emissionId, attempt, mode, payload: same }) => {
              calls.push([name, order.id, same === order, event, emissionId, attempt, mode].join(' '))
              order.id = 'changed'
            },
            { local: true },
          )
        }
        const { id } = events.emit(OrderPlaced, { id: 'o-1' })
        await recording.run()
        const rest = `o-1 true order.placed ${id} 1 main-event-loop-async`
        expect(calls).toEqual([`a ${rest}`, `b ${rest}`])
        expect(ids(recording.recorded(OrderPlaced))).toEqual(['o-1', 'o-1'])
      })

      it('calls a method on its object, where the AsyncLocalStorage is as it was at emit', async () => {
        const { linker, recording, events } = setUp({ hold })
        const request = new AsyncLocalStorage<string>()
        class Dashboard {
          seen: unknown[] = []
          @linker.on(OrderPlaced)
          add(order: Order): void {
            this.seen.push(order.id, request.getStore())
          }
        }
        const dashboard = new Dashboard()
        linker.bind(dashboard)
        request.run('request 1', () => void events.emit(OrderPlaced, { id: 'o-1' }))
        await recording.run()
        expect(dashboard.seen).toEqual(['o-1', 'request 1'])
      })

      it('records what handlers emit, as a child, and does not run it', async () => {
        const { linker, recording, events, calls } = setUp({ hold })
        const place = async (_: void, { emit }: HandlerContext) => emit(OrderPlaced, { id: 'o-1' })
        linker.on(Tick, place, { local: true })
        linker.on(OrderPlaced, ({ id }) => calls.push(id), { local: true })
        const { id } = events.emit(Tick)
        await recording.run()
        expect(calls).toEqual([])
        expect(recording.recorded(OrderPlaced)).toMatchObject([{ parentId: id, status: 'pending' }])
        await recording.run()
        expect(calls).toEqual(['o-1'])
      })

      it('validates what handlers emit', async () => {
        const { linker, recording, events } = setUp({ hold })
        const pay = async (_: void, { emit }: HandlerContext) => emit(Paid, { cents: 1 as never })
        linker.on(Tick, pay, { local: true, onFailure: () => {} })
        events.emit(Tick)
        await expect(recording.run()).rejects.toThrow(/payload\.cents/)
        expect(recording.recorded(pay)).toMatchObject([{ error: expect.any(InvalidPayloadError) }])
      })

      it('rejects when handlers failed, naming each, after all have run', async () => {
        const { linker, recording, events, calls } = setUp({ hold })
        const error = new Error('the bank is busy')
        function charge(): never {
          throw error
        }
        linker.on(OrderPlaced, charge, { local: true, onFailure: () => {} })
        linker.on(OrderPlaced, () => () => {}, { local: true, onFailure: () => {} })
        linker.on(OrderPlaced, ({ id }) => calls.push(id), { local: true })
        events.emit(OrderPlaced, { id: 'o-1' })
        const thrown = await recording.run().catch((reason: unknown) => reason)
        expect(thrown).toBeInstanceOf(RunError)
        expect(thrown).toMatchObject({ code: 'ERR_RUN', cause: error })
        expect((thrown as RunError).errors).toMatchObject([
          { handler: 'charge (local)', cause: error },
          { cause: expect.any(PayloadNotPortableError) },
        ])
        expect((thrown as RunError).message).toMatch(/^2 of 3 handlers .*\n.*the bank is busy/)
        expect(calls).toEqual(['o-1'])
        expect(recording.recorded(charge)).toMatchObject([{ status: 'rejected', error }])
      })

      it('ends a handler at its time limit, and goes on', async () => {
        const { linker, recording, events, calls } = setUp({ hold })
        const { open, opened } = gate()
        const wait = async (_: void, { signal }: HandlerContext) => {
          await opened
          calls.push(`aborted ${signal.aborted}`)
        }
        linker.on(Tick, wait, { local: true, timeoutMs: 1, onFailure: () => {} })
        linker.on(Tick, () => calls.push('next'), { local: true })
        events.emit(Tick)
        await expect(recording.run()).rejects.toThrow(RunError)
        expect(recording.recorded(wait)).toMatchObject([{ error: expect.any(HandlerTimeoutError) }])
        expect(calls).toEqual(['next'])
        open()
        await new Promise(setImmediate)
        expect(statuses(recording.recorded())).toEqual(['rejected', 'fulfilled'])
      })

      it('runs one handler after the other, in the order of emits, whatever the order of calls', async () => {
        const { linker, recording, events, calls } = setUp({ hold })
        const slow = async ({ id }: Order) => {
          calls.push(`start ${id}`)
          await new Promise(setImmediate)
          calls.push(`end ${id}`)
        }
        linker.on(OrderPlaced, slow, { local: true, order: ({ id }) => id.length })
        for (const id of ['o-1', 'o-2', 'o-3']) events.emit(OrderPlaced, { id })
        const [first, second, third] = recording.recorded(OrderPlaced)
        await Promise.all([recording.run([third!, second!]), recording.run(first!), recording.run()])
        expect(calls).toEqual(['o-2', 'o-3', 'o-1'].flatMap((id) => [`start ${id}`, `end ${id}`]))
      })

      it('is refused inside a handler that it would wait for', async () => {
        const { linker, recording, events } = setUp({ hold })
        const again = () => recording.run()
        const drain = () => recording.drain()
        linker.on(Tick, again, { local: true, onFailure: () => {} })
        linker.on(Tick, drain, { local: true, onFailure: () => {} })
        events.emit(Tick)
        await expect(recording.run()).rejects.toThrow(RunError)
        expect(recording.recorded()).toMatchObject(Array(2).fill({ error: expect.any(DeadlockError) }))
      })

      it('is waited for by drain and shutdown of the executor', async () => {
        const { linker, recording, events, calls } = setUp({ hold })
        const { open, opened } = gate()
        linker.on(Tick, () => opened.then(() => calls.push('ended')), { local: true })
        linker.on(Tick, () => calls.push('not reached'), { local: true })
        events.emit(Tick)
        const [task] = recording.recorded()
        const running = recording.run(task!)
        await new Promise(setImmediate)
        expect(recording.stats()).toMatchObject({ queued: 1, running: 1 })
        expect(statuses(recording.recorded())).toEqual(['running', 'pending'])
        const drained = recording.drain().then(() => calls.push('drained'))
        const shutDown = recording.shutdown().then(() => calls.push('shut down'))
        expect(() => events.emit(Tick)).toThrow(EmitterClosedError)
        open()
        await Promise.all([running, drained, shutDown])
        expect(calls.toSorted()).toEqual(['drained', 'ended', 'shut down'])
        expect(calls[0]).toBe('ended')
        expect(statuses(recording.recorded())).toEqual(['fulfilled', 'cancelled'])
      })

      it('ends with terminate, which aborts the signals of handlers', async () => {
        const { linker, recording, events, calls } = setUp({ hold })
        const { open, opened } = gate()
        const wait = async (_: void, { signal }: HandlerContext) => {
          signal.addEventListener('abort', () => calls.push(String(signal.reason.message)))
          await opened
        }
        linker.on(Tick, wait, { local: true })
        linker.on(Tick, () => calls.push('not reached'), { local: true })
        events.emit(Tick)
        const running = recording.run()
        await new Promise(setImmediate)
        await events.terminate()
        expect(statuses(await running)).toEqual(['cancelled', 'cancelled'])
        expect(calls).toEqual(['the executor was terminated'])
        open()
      })
    })
  }

  describe('with hold', () => {
    it('an emission settles when its tasks have run, and callbacks are called', async () => {
      const { linker, recording, events, calls } = setUp({ hold: true })
      linker.on(OrderPlaced, score, { onSuccess: (value) => calls.push(`success ${String(value)}`) })
      const emission = events.emit(OrderPlaced, { id: 'o-1' })
      await new Promise(setImmediate)
      expect(emission.status).toBe('running')
      await recording.run()
      const outcome = (await emission).of(score)
      expect(outcome).toMatchObject({ status: 'fulfilled', value: 3 })
      expect(calls).toEqual(['success 3'])
    })

    it('fulfil gives a task its value without running it', async () => {
      const { linker, recording, events } = setUp({ hold: true })
      linker.on(OrderPlaced, score)
      const emission = events.emit(OrderPlaced, { id: 'o-1' })
      const [task] = recording.recorded(score)
      expect(recording.fulfil(task!, 42)).toMatchObject({ status: 'fulfilled', value: 42 })
      expect((await emission).of(score)).toMatchObject({ status: 'fulfilled', value: 42 })
      expect(() => recording.fulfil(task!, 43)).toThrow('the task is fulfilled, not pending')
    })

    it('fulfil checks and copies the value, as what a handler returns', async () => {
      const { linker, recording, events } = setUp({ hold: true })
      const list = (): unknown => []
      linker.on(Tick, list, { local: true })
      const emission = events.emit(Tick)
      const [task] = recording.recorded(list)
      expect(() => recording.fulfil(task!, { on: () => {} })).toThrow(/result\.on is function/)
      const value = ['a']
      recording.fulfil(task!, value)
      value.push('b')
      expect((await emission).of(list)).toMatchObject({ value: ['a'] })
      expect(recording.recorded(list)).toMatchObject([{ value: ['a'] }])
    })

    it('reject lets a task fail without running it', async () => {
      const { linker, recording, events } = setUp({ hold: true })
      linker.on(OrderPlaced, score)
      const failure = events.emit(OrderPlaced, { id: 'o-1' }).then(undefined, (reason: unknown) => reason)
      const error = new Error('busy')
      expect(recording.reject(recording.recorded()[0]!, error)).toMatchObject({ status: 'rejected', error })
      expect(await failure).toBeInstanceOf(EmissionError)
    })

    it('a failed task is tried again as its link says, without the delays', async () => {
      const { linker, recording, events, calls } = setUp({ hold: true })
      const flaky = (_: void, { attempt }: HandlerContext) => {
        calls.push(String(attempt))
        if (attempt < 4) throw new Error('busy')
        return 'done'
      }
      linker.on(Tick, flaky, { local: true, retry: { attempts: 4, delayMs: 3_600_000 }, order: 'serial' })
      linker.on(Tick, () => calls.push('next'), { local: true })
      const emission = events.emit(Tick)
      expect(await recording.run()).toMatchObject([{ status: 'fulfilled', attempt: 4 }, {}])
      expect(calls).toEqual(['1', '2', '3', '4', 'next'])
      expect((await emission).of(flaky)).toMatchObject({ value: 'done', attempt: 4 })
    })

    it('reject is a failed attempt, and the next one is pending', async () => {
      const { linker, recording, events } = setUp({ hold: true })
      const flaky = (_: void, { attempt }: HandlerContext) => attempt
      linker.on(Tick, flaky, { local: true, retry: { attempts: 2, delayMs: 3_600_000 } })
      const emission = events.emit(Tick)
      const [task] = recording.recorded(flaky)
      const again = recording.reject(task!, new Error('busy'))
      expect(again).toMatchObject({ status: 'pending', attempt: 2 })
      expect(recording.recorded()).toHaveLength(1)
      await recording.run(again)
      expect((await emission).of(flaky)).toMatchObject({ value: 2, attempt: 2 })
    })

    it('a task that was cancelled, or whose link was removed, is not run', async () => {
      const { linker, recording, events, calls } = setUp({ hold: true })
      const link = linker.on(Tick, () => calls.push('tick'), { local: true })
      linker.on(OrderPlaced, () => calls.push('order'), { local: true })
      const cancelling = new AbortController()
      const cancelled = events.emit(OrderPlaced, { id: 'o-1' }, { signal: cancelling.signal })
      const unlinked = events.emit(Tick)
      const tasks = recording.recorded()
      const reason = new Error('not any more')
      cancelling.abort(reason)
      link.unlink()
      expect(await recording.run(tasks)).toMatchObject([
        { status: 'cancelled', reason },
        { status: 'cancelled', reason: { message: 'the link was removed before the task started' } },
      ])
      expect(calls).toEqual([])
      expect(await cancelled.settled).toMatchObject({ cancelled: 1 })
      expect(await unlinked.settled).toMatchObject({ cancelled: 1 })
    })

    it('fulfil cancels a task whose link was removed', async () => {
      const { linker, recording, events } = setUp({ hold: true })
      const link = linker.on(OrderPlaced, score)
      const emission = events.emit(OrderPlaced, { id: 'o-1' })
      link.unlink()
      expect(recording.fulfil(recording.recorded(score)[0]!, 1)).toMatchObject({ status: 'cancelled' })
      expect(await emission.settled).toMatchObject({ cancelled: 1 })
    })

    it('cancelling aborts the signal of a handler that runs, and the next one starts', async () => {
      const { linker, recording, events, calls } = setUp({ hold: true })
      const { open, opened } = gate()
      const wait = async (_: void, { signal }: HandlerContext) => {
        signal.addEventListener('abort', () => calls.push('aborted'))
        await opened
      }
      linker.on(Tick, wait, { local: true })
      linker.on(OrderPlaced, () => calls.push('next'), { local: true })
      const emission = events.emit(Tick)
      events.emit(OrderPlaced, { id: 'o-1' })
      const running = recording.run()
      await new Promise(setImmediate)
      emission.cancel()
      expect(statuses(await running)).toEqual(['cancelled', 'fulfilled'])
      expect(calls).toEqual(['aborted', 'next'])
      open()
      await new Promise(setImmediate)
      expect(statuses(recording.recorded())).toEqual(['cancelled', 'fulfilled'])
    })

    it('clear cancels what is pending, so that nobody waits for it', async () => {
      const { linker, recording, events } = setUp({ hold: true })
      linker.on(OrderPlaced, score)
      const emission = events.emit(OrderPlaced, { id: 'o-1' })
      recording.clear()
      expect((await emission.settled).of(score)).toMatchObject({
        status: 'cancelled',
        reason: { message: 'the recording was cleared before the task was run' },
      })
      expect(recording.recorded()).toEqual([])
    })

    it('leaving the scope of the emitter cancels what was not run, whoever owns the executor', async () => {
      for (const ownsExecutor of [true, false]) {
        const linker = new EventLinker()
        await using recording = new RecordingExecutor({ hold: true })
        linker.on(OrderPlaced, score)
        const events = new EventEmitter({ executor: recording, linker, ownsExecutor })
        const emission = events.emit(OrderPlaced, { id: 'o-1' })
        expect(await events.shutdown()).toMatchObject({ total: 1, cancelled: 1 })
        expect(await emission.settled).toMatchObject({ cancelled: 1 })
        expect(recording.recorded()).toMatchObject([
          { status: 'cancelled', reason: { message: 'the emitter was shut down' } },
        ])
      }
    })

    it('what handlers still emit during the shutdown is recorded and cancelled', async () => {
      const { linker, recording, events } = setUp({ hold: true })
      const { open, opened } = gate()
      const place = (_: void, { emit }: HandlerContext) => opened.then(() => emit(OrderPlaced, { id: 'o-1' }))
      linker.on(Tick, place, { local: true })
      linker.on(OrderPlaced, score)
      events.emit(Tick)
      const running = recording.run()
      await new Promise(setImmediate)
      const shutDown = events.shutdown()
      open()
      await running
      expect(await shutDown).toMatchObject({ total: 2, fulfilled: 1, cancelled: 1 })
      expect(statuses(recording.recorded())).toEqual(['fulfilled', 'cancelled'])
    })

    it('a handler that waits for its own emitter is told so', async () => {
      const { linker, recording, events } = setUp({ hold: true })
      const drain = () => events.drain()
      linker.on(Tick, drain, { local: true, onFailure: () => {} })
      linker.on(Tick, drain.bind(undefined), { local: true, order: 'serial', onFailure: () => {} })
      events.emit(Tick)
      await expect(recording.run()).rejects.toThrow(RunError)
      expect(recording.recorded()).toMatchObject(Array(2).fill({ error: expect.any(DeadlockError) }))
    })
  })
})
