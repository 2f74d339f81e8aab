import {
  defineEvent,
  Emission,
  EmissionError,
  EmissionReport,
  EventEmitter,
  EventlaneError,
  EventLinker,
  HandlerError,
  HandlerTimeoutError,
  payload,
  payloads,
  TaskCancelledError,
  type Outcome,
} from '@eventlane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gate } from './support/gate.js'
import { LoopExecutor } from './support/loop-executor.js'
import { setUp } from './support/set-up.js'
import { rejectionOf, thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())

function statuses(outcomes: readonly Outcome[]): string[] {
  return outcomes.map((outcome) => outcome.status)
}

describe('emit', () => {
  it('starts no handler before it returns', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Tick, () => void seen.push('handler'), { local: true })
    const emission = events.emit(Tick)
    seen.push('emit returned')
    await emission
    expect(seen).toEqual(['emit returned', 'handler'])
  })

  it('starts no handler before it returns, also inside a handler', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(
      Tick,
      () => {
        events.emit(Named, 'x')
        seen.push('emit returned')
      },
      { local: true },
    )
    linker.on(Named, () => void seen.push('handler'), { local: true })
    events.emit(Tick)
    await events.drain()
    expect(seen).toEqual(['emit returned', 'handler'])
  })

  it('starts handlers in emit order, and in link order within one emission', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Named, (name) => void seen.push(`a ${name}`), { local: true })
    linker.on(Named, (name) => void seen.push(`b ${name}`), { local: true })
    events.emit(Named, '1')
    events.emit(Named, '2')
    await events.drain()
    expect(seen).toEqual(['a 1', 'b 1', 'a 2', 'b 2'])
  })

  it('gives an emission with an id of its own, the event and the time', () => {
    const { events } = setUp()
    const before = Date.now()
    const [first, second] = [events.emit(Tick), events.emit(Tick)]
    expect(first).toBeInstanceOf(Emission)
    expect(first.id).not.toBe(second.id)
    expect(first).toMatchObject({ event: 'tick', parentId: undefined, depth: 0 })
    expect(first.timestamp).toBeGreaterThanOrEqual(before)
    expect(first.timestamp).toBeLessThanOrEqual(Date.now())
  })
})

describe('an emission', () => {
  it('gives the report of all its handlers when it is awaited', async () => {
    const { linker, events } = setUp()
    const double = (name: string) => name.repeat(2)
    linker.on(Named, double, { local: true })
    linker.on(Named, async (name) => Promise.resolve(name.length), { local: true })

    const emission = events.emit(Named, 'ab')
    const report = await emission

    expect(report).toBeInstanceOf(EmissionReport)
    expect(report).toMatchObject({ event: 'named', emissionId: emission.id })
    expect(report).toMatchObject({ total: 2, fulfilled: 2, rejected: 0, cancelled: 0 })
    expect(report.outcomes).toMatchObject([
      { status: 'fulfilled', value: 'abab', handler: 'double (local)', address: undefined },
      { status: 'fulfilled', value: 2, handler: 'anonymous function (local)' },
    ])
    expect(report.error).toBeUndefined()
  })

  it('without handlers is settled at once', async () => {
    const { events } = setUp()
    const emission = events.emit(Tick)
    expect(emission.status).toBe('settled')
    expect(await emission).toMatchObject({ total: 0, fulfilled: 0, rejected: 0, cancelled: 0, outcomes: [] })
  })

  it('gives the same report to everyone, also after it has settled', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => undefined, { local: true })
    const emission = events.emit(Tick)
    const [first, second] = await Promise.all([emission, emission.settled])
    expect(second).toBe(first)
    expect(await emission).toBe(first)
    expect(await emission.settled).toBe(first)
  })

  it('tells how far it is', async () => {
    const { linker, events } = setUp({ executor: new LoopExecutor({ concurrency: 2 }) })
    const { opened, open } = gate()
    const started = gate()
    linker.on(Tick, () => 1, { local: true })
    linker.on(
      Tick,
      function waits() {
        started.open()
        return opened
      },
      { local: true },
    )
    linker.on(
      Tick,
      function fails() {
        return opened.then(() => {
          throw new Error('broken')
        })
      },
      { local: true },
    )
    linker.on(Tick, function last() {}, { local: true })
    const emission = events.emit(Tick)
    expect(emission.status).toBe('running')
    expect(emission.tasks.map((task) => task.status)).toEqual(['pending', 'pending', 'pending', 'pending'])

    await started.opened
    expect(emission.status).toBe('running')
    expect(emission.tasks.map((task) => task.status)).toEqual(['fulfilled', 'running', 'running', 'pending'])

    open()
    await emission.settled
    expect(emission.status).toBe('settled')
    expect(emission.tasks.map((task) => task.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
  })

  it('runs the other handlers when one fails, at once or later', async () => {
    const { linker, events } = setUp()
    const now = new Error('now')
    const later = new Error('later')
    linker.on(
      Tick,
      () => {
        throw now
      },
      { local: true },
    )
    linker.on(Tick, async () => Promise.reject(later), { local: true })
    linker.on(Tick, () => 'fine', { local: true })

    const report = await events.emit(Tick).settled

    expect(report.outcomes).toMatchObject([
      { status: 'rejected', error: now },
      { status: 'rejected', error: later },
      { status: 'fulfilled', value: 'fine' },
    ])
  })

  it('waits for a thenable that a handler returns', async () => {
    const { linker, events } = setUp()
    const thenable = { then: (resolve: (value: string) => void) => resolve('settled') }
    linker.on(Tick, () => thenable, { local: true })
    expect((await events.emit(Tick)).outcomes).toMatchObject([{ value: 'settled' }])
  })

  it('throws an EmissionError that holds an error for each task that was not fulfilled', async () => {
    const { linker, events } = setUp()
    const cause = new TypeError('broken')
    linker.on(
      Named,
      {
        refuses: () => {
          throw cause
        },
      }.refuses,
      { local: true },
    )
    linker.on(Named, () => 'fine', { local: true })
    const skipped = linker.on(Named, function skips() {}, { local: true })
    const emission = events.emit(Named, 'x')
    skipped.unlink()

    const error = (await rejectionOf(emission)) as EmissionError

    expect(error).toBeInstanceOf(EmissionError)
    expect(error).toBeInstanceOf(AggregateError)
    expect(error).toBeInstanceOf(EventlaneError)
    expect(error).toMatchObject({ name: 'EmissionError', code: 'ERR_EMISSION', event: 'named' })
    expect(error.errors).toHaveLength(2)
    expect(error.errors[0]).toBeInstanceOf(HandlerError)
    expect(error.errors[0]).toMatchObject({ code: 'ERR_HANDLER_FAILED', handler: 'refuses (local)', cause })
    expect(error.errors[1]).toBeInstanceOf(TaskCancelledError)
    expect(error.errors[1]).toMatchObject({ code: 'ERR_TASK_CANCELLED' })
    for (const part of [
      '2 of 3',
      '"named"',
      emission.id,
      'refuses (local)',
      'TypeError: broken',
      'skips (local)',
    ]) {
      expect(error.message).toContain(part)
    }
  })

  it('has a promise, settled, that never rejects', async () => {
    const { linker, events } = setUp()
    linker.on(
      Tick,
      () => {
        throw new Error('broken')
      },
      { local: true },
    )
    const report = await events.emit(Tick).settled
    expect(report.rejected).toBe(1)
    expect(report.error).toBeInstanceOf(EmissionError)
  })

  it.each<[what: string, thrown: unknown]>([
    ['a string', 'broken'],
    ['undefined', undefined],
    ['null', null],
    ['a symbol', Symbol('broken')],
    ['a plain object', { code: 1 }],
    ['an object without a prototype', Object.create(null)],
    [
      'an object that cannot become a string',
      {
        toString: () => {
          throw new Error('no')
        },
      },
    ],
    ['a function', () => undefined],
    ['an error whose message is a symbol', Object.assign(new Error(), { message: Symbol('m') })],
    [
      'an error whose name is an object',
      Object.assign(new Error('x'), { name: Object.create(null) as unknown }),
    ],
    [
      'an error whose message cannot be read',
      Object.defineProperty(new Error(), 'message', {
        get() {
          throw new Error('no')
        },
      }),
    ],
  ])('has an outcome and an EmissionError also when a handler throws %s', async (_, thrown) => {
    const { linker, events } = setUp()
    linker.on(
      Tick,
      () => {
        throw thrown
      },
      { local: true },
    )
    linker.on(Tick, async () => Promise.reject(thrown), { local: true })

    const emission = events.emit(Tick)
    const report = await emission.settled

    expect(statuses(report.outcomes)).toEqual(['rejected', 'rejected'])
    expect(
      report.outcomes.every((outcome) => outcome.status === 'rejected' && outcome.error === thrown),
    ).toBe(true)
    expect(await rejectionOf(emission)).toBeInstanceOf(EmissionError)
  })
})

describe('a result', () => {
  it('is copied on its way to the report', async () => {
    const { linker, events } = setUp()
    const result = { at: new Date(0), list: [1n] }
    linker.on(Tick, () => result, { local: true })
    const [outcome] = (await events.emit(Tick)).outcomes
    expect(outcome).toMatchObject({ status: 'fulfilled', value: result })
    expect(outcome?.status === 'fulfilled' && outcome.value).not.toBe(result)
  })

  it('that is not portable makes its task rejected, naming the path and the handler', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, { offers: () => ({ close: () => undefined }) }.offers, { local: true })
    linker.on(Tick, async () => Promise.resolve(Symbol('token')), { local: true })
    const report = await events.emit(Tick).settled
    expect(statuses(report.outcomes)).toEqual(['rejected', 'rejected'])
    expect(report.outcomes[0]).toMatchObject({
      error: {
        code: 'ERR_PAYLOAD_NOT_PORTABLE',
        event: 'tick',
        offences: [{ path: 'result.close', found: 'function close' }],
        message: expect.stringContaining('offers (local)'),
      },
    })
    expect(report.outcomes[1]).toMatchObject({ error: { offences: [{ path: 'result' }] } })
  })
})

describe('a result that the emitter cannot decode', () => {
  class Sealed {}
  payloads.registerCustom('emission.test/Sealed', {
    isApplicable: (value): value is Sealed => value instanceof Sealed,
    serialize: () => 'sealed',
    deserialize: () => {
      throw new Error('broken seal')
    },
  })

  it.each([
    ['that is awaited', (emission: Emission) => emission.settled],
    ['that nobody awaits', () => undefined],
  ])('makes its task rejected, and the emission settles, one %s', async (_, observe) => {
    const { linker, events } = setUp()
    const failures: unknown[] = []
    linker.on(Tick, () => new Sealed(), {
      local: true,
      onSuccess: () => undefined,
      onFailure: (error) => failures.push(error),
    })
    const emission = events.emit(Tick)
    void observe(emission)
    // With a limit, since the emission may never settle.
    expect(await events.drain({ timeoutMs: 2000 })).toEqual({
      total: 1,
      fulfilled: 0,
      rejected: 1,
      cancelled: 0,
      dropped: 0,
      handedOver: 0,
    })
    expect(failures).toMatchObject([{ code: 'ERR_PAYLOAD_DECODE' }])
    expect((await emission.settled).outcomes).toMatchObject([
      { status: 'rejected', error: { code: 'ERR_PAYLOAD_DECODE' } },
    ])
  })
})

describe('report.of', () => {
  it('gives the outcome of one handler, or undefined for one that had no task', async () => {
    const { linker, events } = setUp()
    const length = (name: string) => name.length
    const other = () => 'other'
    linker.on(Named, other, { local: true })
    linker.on(Named, length, { local: true })
    const report = await events.emit(Named, 'abc')
    expect(report.of(length)).toMatchObject({ status: 'fulfilled', value: 3 })
    expect(report.of(() => undefined)).toBeUndefined()
  })
})

describe('cancel', () => {
  it('cancels what has not started, and aborts what runs', async () => {
    const { linker, events } = setUp({ executor: new LoopExecutor({ concurrency: 1 }) })
    const seen: string[] = []
    const started = gate()
    const aborted = gate<unknown>()
    linker.on(Tick, () => 'done', { local: true })
    linker.on(
      Tick,
      (_, { signal }) => {
        started.open()
        signal.addEventListener('abort', () => aborted.open(signal.reason))
        return aborted.opened
      },
      { local: true },
    )
    linker.on(Tick, () => void seen.push('started'), { local: true })
    const emission = events.emit(Tick)
    await started.opened

    const reason = new Error('no longer wanted')
    emission.cancel(reason)
    const report = await emission.settled

    expect(await aborted.opened).toBe(reason)
    expect(report.outcomes).toMatchObject([
      { status: 'fulfilled' },
      { status: 'cancelled', reason },
      { status: 'cancelled', reason },
    ])
    expect(seen).toEqual([])
  })

  it('lets no handler start that was emitted and cancelled in one go', async () => {
    const { linker, events } = setUp()
    let calls = 0
    linker.on(Tick, () => void (calls += 1), { local: true })
    const emission = events.emit(Tick)
    emission.cancel()
    expect(emission.status).toBe('settled')
    expect((await emission.settled).cancelled).toBe(1)
    await events.emit(Tick)
    expect(calls).toBe(1)
  })

  it('says so in the error when no reason is given', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => undefined, { local: true })
    const emission = events.emit(Tick)
    emission.cancel()
    const error = (await rejectionOf(emission)) as EmissionError
    expect(error.errors[0]).toBeInstanceOf(TaskCancelledError)
    expect(error.message).toContain('the emission was cancelled')
  })

  it.each<[what: string, reason: unknown]>([
    ['a string', 'enough'],
    ['null', null],
    ['an object without a prototype', Object.create(null)],
    ['a symbol', Symbol('enough')],
  ])('takes %s as its reason', async (_, reason) => {
    const { linker, events } = setUp()
    linker.on(Tick, () => undefined, { local: true })
    const emission = events.emit(Tick)
    emission.cancel(reason)
    expect((await emission.settled).outcomes).toEqual([
      expect.objectContaining({ status: 'cancelled', reason }),
    ])
    expect(await rejectionOf(emission)).toBeInstanceOf(EmissionError)
  })

  it('changes nothing after the emission has settled', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => 'done', { local: true })
    const emission = events.emit(Tick)
    const report = await emission
    emission.cancel()
    expect(await emission).toBe(report)
    expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1, cancelled: 0 })
  })

  it('outlives the late result and the late failure of what it cancelled', async () => {
    const { linker, events } = setUp()
    const { opened, open } = gate()
    const finished = gate()
    linker.on(Tick, () => opened.then(() => 'late'), { local: true })
    linker.on(
      Tick,
      () =>
        opened
          .then(() => {
            throw new Error('late')
          })
          .finally(finished.open),
      { local: true },
    )
    const emission = events.emit(Tick)
    await Promise.resolve()
    emission.cancel()
    open()
    await finished.opened
    await new Promise((resolve) => setImmediate(resolve))
    expect((await emission.settled).cancelled).toBe(2)
    expect(await events.drain()).toEqual({
      total: 2,
      fulfilled: 0,
      rejected: 0,
      cancelled: 2,
      dropped: 0,
      handedOver: 0,
    })
  })

  it('may be called by a handler of the emission itself', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Tick, () => emission.cancel(), { local: true })
    linker.on(Tick, () => void seen.push('started'), { local: true })
    const emission = events.emit(Tick)
    expect(statuses((await emission.settled).outcomes)).toEqual(['cancelled', 'cancelled'])
    expect(seen).toEqual([])
  })
})

describe('the options of emit', () => {
  it('signal: cancels the emission when it aborts', async () => {
    const { linker, events } = setUp()
    const started = gate()
    const controller = new AbortController()
    linker.on(
      Tick,
      (_, { signal }) => {
        started.open()
        return new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
      { local: true },
    )
    const emission = events.emit(Tick, undefined, { signal: controller.signal })
    await started.opened
    const reason = new Error('enough')
    controller.abort(reason)
    expect((await emission.settled).outcomes).toMatchObject([{ status: 'cancelled', reason }])
  })

  it('signal: one that has aborted already makes emit throw its reason, and nothing has happened', async () => {
    const { linker, events } = setUp()
    linker.once(Tick, () => undefined, { local: true })
    const reason = new Error('enough')
    expect(thrownBy(() => events.emit(Tick, undefined, { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(linker.links()).toHaveLength(1)
    expect((await events.drain()).total).toBe(0)
  })

  it('signal: aborting it after the emission has settled does nothing', async () => {
    const { linker, events } = setUp()
    const controller = new AbortController()
    linker.on(Tick, () => 'done', { local: true })
    const report = await events.emit(Tick, undefined, { signal: controller.signal })
    controller.abort()
    expect(report.fulfilled).toBe(1)
    expect(await events.drain()).toMatchObject({ fulfilled: 1, cancelled: 0 })
  })

  it('timeoutMs: the outcome settles, the signal aborts, and the slot stays taken until the handler returns', async () => {
    const { linker, executor, events } = setUp({ executor: new LoopExecutor({ concurrency: 1 }) })
    const seen: string[] = []
    const { opened, open } = gate()
    let signal: AbortSignal | undefined
    linker.on(
      Named,
      (name, context) => {
        seen.push(name)
        signal ??= context.signal
        return name === 'slow' ? opened : undefined
      },
      { local: true },
    )
    const slow = events.emit(Named, 'slow', { timeoutMs: 1 })
    const next = events.emit(Named, 'next')

    const report = await slow.settled

    expect(report.outcomes[0]).toMatchObject({ status: 'rejected', error: { code: 'ERR_HANDLER_TIMEOUT' } })
    const [outcome] = report.outcomes
    const error = outcome?.status === 'rejected' ? outcome.error : undefined
    expect(error).toBeInstanceOf(HandlerTimeoutError)
    expect(signal?.aborted).toBe(true)
    expect(signal?.reason).toBe(error)
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual(['slow'])
    expect(executor.stats()).toMatchObject({ queued: 1, running: 1 })

    open()
    await next
    expect(seen).toEqual(['slow', 'next'])
    expect(executor.stats()).toMatchObject({ queued: 0, running: 0 })
    expect(await events.drain()).toEqual({
      total: 2,
      fulfilled: 1,
      rejected: 1,
      cancelled: 0,
      dropped: 0,
      handedOver: 0,
    })
  })

  it.each([
    ['of the link, where it is shorter', 1, 60_000],
    ['of emit, where it is shorter', 60_000, 1],
  ])('timeoutMs: the limit %s counts', async (_, ofLink, ofEmit) => {
    const { linker, events } = setUp()
    const { opened, open } = gate()
    linker.on(Tick, () => opened, { local: true, timeoutMs: ofLink })
    const report = await events.emit(Tick, undefined, { timeoutMs: ofEmit }).settled
    expect(report.outcomes).toMatchObject([{ status: 'rejected', error: { code: 'ERR_HANDLER_TIMEOUT' } }])
    open()
  })

  it.each([
    ['an unknown option', { timeout: 1 }, 'timeout'],
    ['a signal that is none', { signal: 1 }, 'signal'],
    ['a timeoutMs of 0', { timeoutMs: 0 }, 'timeoutMs'],
    ['options that are no object', 5, 'object'],
  ])('%s is refused, and nothing has happened', async (_, options, name) => {
    const { linker, events } = setUp()
    linker.once(Tick, () => undefined, { local: true })
    const error = thrownBy(() => events.emit(Tick, undefined, options as never))
    expect(error).toMatchObject({ code: 'ERR_INVALID_OPTION', message: expect.stringContaining(name) })
    expect(linker.links()).toHaveLength(1)
    expect((await events.drain()).total).toBe(0)
  })
})

describe('whatever handlers do and whoever interferes', () => {
  const behaviour = fc.constantFrom(
    'returns',
    'throws',
    'resolves',
    'rejects',
    'times out',
    'returns a function',
  )
  const interference = fc.constantFrom('none', 'cancel', 'unlink', 'cancel later')
  const emissions = fc.array(fc.record({ links: fc.array(behaviour, { maxLength: 4 }), interference }), {
    maxLength: 6,
  })

  it('every task settles exactly once, every emission once, and the counts add up', async () => {
    await fc.assert(
      fc.asyncProperty(emissions, fc.integer({ min: 1, max: 3 }), async (plans, concurrency) => {
        const settledTasks: string[] = []
        const linker = new EventLinker({
          onSuccess: (_, { emissionId }) => void settledTasks.push(emissionId),
          onFailure: (_, { emissionId }) => void settledTasks.push(emissionId),
        })
        const events = new EventEmitter({ executor: new LoopExecutor({ concurrency }), linker })
        const reports: EmissionReport[] = []
        for (const [index, plan] of plans.entries()) {
          const Planned = defineEvent(`planned.${index}`)
          const links = plan.links.map((what) =>
            what === 'times out'
              ? linker.on(
                  Planned,
                  async (_, { signal }) =>
                    new Promise((resolve) => signal.addEventListener('abort', resolve)),
                  { local: true, timeoutMs: 1 },
                )
              : linker.on(Planned, () => behave(what), { local: true }),
          )
          const emission = events.emit(Planned)
          void emission.settled.then((report) => reports.push(report))
          if (plan.interference === 'cancel') emission.cancel()
          if (plan.interference === 'unlink') links[0]?.unlink()
          if (plan.interference === 'cancel later') queueMicrotask(() => emission.cancel())
        }

        const counts = await events.shutdown()

        const planned = plans.reduce((sum, plan) => sum + plan.links.length, 0)
        expect(counts.total).toBe(planned)
        expect(counts.fulfilled + counts.rejected + counts.cancelled).toBe(planned)
        expect(reports).toHaveLength(plans.length)
        for (const key of ['total', 'fulfilled', 'rejected', 'cancelled'] as const) {
          expect(reports.reduce((sum, report) => sum + report[key], 0)).toBe(counts[key])
        }
        expect(settledTasks).toHaveLength(counts.fulfilled + counts.rejected)
      }),
      { numRuns: 60 },
    )
  })
})

function behave(what: string): unknown {
  switch (what) {
    case 'throws':
      throw new Error(what)
    case 'resolves':
      return Promise.resolve(what)
    case 'rejects':
      return Promise.reject(new Error(what))
    case 'returns a function':
      return () => what
    default:
      return what
  }
}
