import {
  defineEvent,
  EmissionDepthError,
  EmitterClosedError,
  payload,
  type HandlerContext,
} from '@eventlane/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { gate } from './support/gate.js'
import { LoopExecutor } from './support/loop-executor.js'
import { setUp } from './support/set-up.js'
import { rejectionOf, thrownBy } from './support/thrown-by.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())
const Measured = defineEvent(
  'measured',
  z.string().transform((text) => text.length),
)

describe('the context of a handler', () => {
  it('tells the event, the payload, the emission and the mode', async () => {
    const { linker, events } = setUp()
    let seen: HandlerContext | undefined
    linker.on(Named, (_, context) => void (seen = context), { local: true })
    const emission = events.emit(Named, 'x')
    await emission
    expect(seen).toMatchObject({
      event: 'named',
      payload: 'x',
      emissionId: emission.id,
      parentId: undefined,
      mode: 'main-event-loop-async',
    })
  })

  it('holds the very payload that is the first argument', async () => {
    const { linker, events } = setUp()
    const Listed = defineEvent('listed', payload<number[]>())
    const same: boolean[] = []
    linker.on(Listed, (list, context) => void same.push(list === context.payload), { local: true })
    await events.emit(Listed, [1])
    expect(same).toEqual([true])
  })

  it('has a signal that is not aborted, and the same one each time', async () => {
    const { linker, events } = setUp()
    const seen: unknown[] = []
    linker.on(
      Tick,
      (_, context) => void seen.push(context.signal.aborted, context.signal === context.signal),
      { local: true },
    )
    await events.emit(Tick)
    expect(seen).toEqual([false, true])
  })

  it('has a signal that tells of an abort also when it is first looked at afterwards', async () => {
    const { linker, events } = setUp()
    const started = gate()
    const { opened, open } = gate()
    const seen = gate<unknown>()
    linker.on(
      Tick,
      async (_, context) => {
        started.open()
        await opened
        seen.open([context.signal.aborted, context.signal.reason])
      },
      { local: true },
    )
    const emission = events.emit(Tick)
    await started.opened
    emission.cancel('enough')
    open()
    expect(await seen.opened).toEqual([true, 'enough'])
  })
})

describe('context.emit', () => {
  it('emits from the same emitter, as a child of this emission', async () => {
    const { linker, events } = setUp()
    const ids: unknown[] = []
    linker.on(Tick, async (_, { emit }) => emit(Named, 'child'), { local: true })
    linker.on(Named, (name, { parentId, emissionId }) => void ids.push(name, parentId, typeof emissionId), {
      local: true,
    })
    const emission = events.emit(Tick)
    await events.drain()
    expect(ids).toEqual(['child', emission.id, 'string'])
  })

  it('gives a promise of admission, which does not wait for the handlers', async () => {
    const { linker, events } = setUp({ executor: new LoopExecutor({ concurrency: 1 }) })
    const seen: string[] = []
    linker.on(
      Tick,
      async (_, { emit }) => {
        await emit(Named, 'x')
        seen.push('admitted')
      },
      { local: true },
    )
    linker.on(Named, () => void seen.push('handled'), { local: true })
    events.emit(Tick)
    await events.drain()
    expect(seen).toEqual(['admitted', 'handled'])
  })

  it('validates and sends the schema’s output', async () => {
    const { linker, events } = setUp()
    const seen: number[] = []
    linker.on(Tick, async (_, { emit }) => emit(Measured, 'four'), { local: true })
    linker.on(Measured, (length) => void seen.push(length), { local: true })
    events.emit(Tick)
    await events.drain()
    expect(seen).toEqual([4])
  })

  it.each([
    [
      'an invalid payload',
      (emit: HandlerContext['emit']) => emit(Measured, 1 as never),
      'ERR_INVALID_PAYLOAD',
    ],
    [
      'a payload that is not portable',
      (emit: HandlerContext['emit']) => emit(Named, (() => 1) as never),
      'ERR_PAYLOAD_NOT_PORTABLE',
    ],
    [
      'an event that is none',
      (emit: HandlerContext['emit']) => emit(undefined as never, undefined as never),
      'ERR_INVALID_EVENT',
    ],
  ])('throws at once for %s', async (_, emitWrongly, code) => {
    const { linker, events } = setUp()
    const errors: unknown[] = []
    linker.on(Tick, (_payload, { emit }) => void errors.push(thrownBy(() => emitWrongly(emit))), {
      local: true,
    })
    await events.emit(Tick)
    expect(errors).toMatchObject([{ code }])
  })

  it('names its handler when the payload is not portable', async () => {
    const { linker, events } = setUp()
    const handler = { offers: (_: unknown, { emit }: HandlerContext) => emit(Named, Symbol('x') as never) }
    linker.on(Tick, handler.offers, { local: true })
    const report = await events.emit(Tick).settled
    expect(report.outcomes).toMatchObject([
      { error: { message: expect.stringMatching(/"named", handler offers \(local\)/) } },
    ])
  })

  it('is stopped at maxDepth, and says how deep that is', async () => {
    const { linker, events } = setUp({ maxDepth: 3 })
    const failures: unknown[] = []
    const depths: number[] = []
    linker.on(
      Tick,
      async (_, { emit }) => {
        depths.push(depths.length)
        await emit(Tick)
      },
      { local: true, onFailure: (error) => failures.push(error) },
    )
    events.emit(Tick)
    expect(await events.drain()).toEqual({
      total: 4,
      fulfilled: 3,
      rejected: 1,
      cancelled: 0,
      dropped: 0,
      handedOver: 0,
    })
    expect(failures).toHaveLength(1)
    expect(failures[0]).toBeInstanceOf(EmissionDepthError)
    expect(failures[0]).toMatchObject({
      code: 'ERR_EMISSION_DEPTH',
      message: expect.stringMatching(/\b3 levels[^]*"tick"/),
    })
    expect(depths).toEqual([0, 1, 2, 3])
  })

  it('is not possible at all with a maxDepth of 0', async () => {
    const { linker, events } = setUp({ maxDepth: 0 })
    linker.on(Tick, async (_, { emit }) => emit(Named, 'x'), { local: true })
    const report = await events.emit(Tick).settled
    expect(report.outcomes).toMatchObject([{ error: { code: 'ERR_EMISSION_DEPTH' } }])
  })

  it('goes at most 100 deep by default', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, async (_, { emit }) => emit(Tick), { local: true, onFailure: () => undefined })
    events.emit(Tick)
    expect(await events.drain()).toEqual({
      total: 101,
      fulfilled: 100,
      rejected: 1,
      cancelled: 0,
      dropped: 0,
      handedOver: 0,
    })
  })

  it('is refused after the task has ended', async () => {
    const { linker, events } = setUp()
    const { opened, open } = gate<HandlerContext>()
    linker.on(Tick, (_, context) => open(context), { local: true })
    await events.emit(Tick)
    const { emit } = await opened
    expect(await rejectionOf(emit(Named, 'late'))).toMatchObject({
      code: 'ERR_LATE_EMISSION',
      message: expect.stringContaining('"named"'),
    })
    await events.shutdown()
    expect(await rejectionOf(emit(Named, 'later'))).toMatchObject({ code: 'ERR_LATE_EMISSION' })
    expect((await events.drain()).total).toBe(1)
  })

  it('goes by reference where payloads do', async () => {
    const { linker, events } = setUp({ executor: new LoopExecutor({ portable: false }) })
    const Given = defineEvent('given', payload<object>())
    const value = { close: () => undefined }
    const seen: unknown[] = []
    linker.on(Tick, async (_, { emit }) => emit(Given, value), { local: true })
    linker.on(Given, (given) => void seen.push(given), { local: true })
    events.emit(Tick)
    await events.drain()
    expect(seen[0]).toBe(value)
  })
})

describe('emit of the emitter inside a handler', () => {
  it('may be awaited', async () => {
    const { linker, events } = setUp()
    linker.on(Named, (name) => name.length, { local: true })
    linker.on(
      Tick,
      async () =>
        (await events.emit(Named, 'four')).outcomes.map(
          (outcome) => outcome.status === 'fulfilled' && outcome.value,
        ),
      { local: true },
    )
    expect((await events.emit(Tick)).outcomes).toMatchObject([{ value: [4] }])
  })

  it('is refused once the emitter shuts down', async () => {
    const { linker, events } = setUp()
    const { opened, open } = gate()
    linker.on(
      Tick,
      async () => {
        await opened
        return thrownBy(() => events.emit(Named, 'x')) instanceof EmitterClosedError
      },
      { local: true },
    )
    const emission = events.emit(Tick)
    const counts = events.shutdown()
    open()
    expect((await emission).outcomes).toMatchObject([{ value: true }])
    expect(await counts).toMatchObject({ total: 1, fulfilled: 1 })
  })
})
