import {
  defineEvent,
  EmissionDepthError,
  InvalidOptionError,
  payload,
  type EmitOptions,
} from '@eventlane/core'
import { Payload } from '@eventlane/core/executor'
import { describe, expect, it, vi } from 'vitest'
import { setUp } from './support/set-up.js'

const Tick = defineEvent('tick')
const Named = defineEvent('named', payload<string>())

describe('delayMs of an emission', () => {
  it('holds its handlers back for so long, and no others', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Named, (name) => void seen.push(name), { local: true })
    const later = events.emit(Named, 'later', { delayMs: 30 })
    await events.emit(Named, 'now')
    expect(seen).toEqual(['now'])
    await later
    expect(seen).toEqual(['now', 'later'])
  })

  it('is waited for by drain', async () => {
    const { linker, events } = setUp()
    linker.on(Tick, () => undefined, { local: true })
    events.emit(Tick, undefined, { delayMs: 20 })
    expect(await events.drain()).toMatchObject({ total: 1, fulfilled: 1 })
  })

  it('comes before the turn of an ordered task, so that those without a delay overtake it', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Named, (name) => void seen.push(name), { local: true, order: 'serial' })
    events.emit(Named, 'later', { delayMs: 30 })
    events.emit(Named, 'now')
    await events.drain()
    expect(seen).toEqual(['now', 'later'])
  })

  it('is of the first attempt only', async () => {
    const { linker, events } = setUp()
    const attempts: number[] = []
    linker.on(
      Tick,
      (_payload, { attempt }) => {
        attempts.push(attempt)
        if (attempt === 1) throw new Error('once')
      },
      { local: true, retry: { attempts: 2, delayMs: 1 } },
    )
    const report = await events.emit(Tick, undefined, { delayMs: 10 })
    expect(report.fulfilled).toBe(1)
    expect(attempts).toEqual([1, 2])
  })

  it('ends with a cancellation: the handler never runs', async () => {
    const { linker, events } = setUp()
    const handler = vi.fn()
    linker.on(Tick, handler, { local: true })
    const emission = events.emit(Tick, undefined, { delayMs: 60_000 })
    emission.cancel()
    expect((await emission.settled).cancelled).toBe(1)
    await events.shutdown()
    expect(handler).not.toHaveBeenCalled()
  })

  for (const delayMs of [-1, Number.NaN, '1'])
    it(`refuses ${String(delayMs)}`, () => {
      const { events } = setUp()
      expect(() => events.emit(Tick, undefined, { delayMs } as EmitOptions)).toThrow(InvalidOptionError)
    })
})

describe('emissionId of an emission', () => {
  it('is its id', async () => {
    const { linker, events } = setUp()
    const seen: string[] = []
    linker.on(Tick, (_payload, { emissionId }) => void seen.push(emissionId), { local: true })
    const emission = events.emit(Tick, undefined, { emissionId: 'order-1.paid' })
    expect(emission.id).toBe('order-1.paid')
    await emission
    expect(seen).toEqual(['order-1.paid'])
  })

  for (const emissionId of ['', 'a:b', 'a b', 'x'.repeat(129)])
    it(`refuses ${JSON.stringify(emissionId.slice(0, 10))}`, () => {
      const { events } = setUp()
      expect(() => events.emit(Tick, undefined, { emissionId })).toThrow(InvalidOptionError)
    })
})

describe('relay', () => {
  const parent = { id: 'p-1', depth: 3, metadata: Payload.of({ tenant: 't-1' }, 'text', {}) }

  it('emits as a child of an emission of another program, with its metadata', async () => {
    const { linker, events } = setUp()
    const seen: unknown[] = []
    linker.on(
      Named,
      (name, { parentId, metadata, emissionId }) => void seen.push(name, parentId, metadata, emissionId),
      { local: true },
    )
    await events.relay('named', Payload.of('a', 'text', {}), parent, 'child-1')
    expect(seen).toEqual(['a', 'p-1', { tenant: 't-1' }, 'child-1'])
  })

  it('stops at maxDepth', () => {
    const { events } = setUp({ maxDepth: 3 })
    expect(() => events.relay('tick', Payload.of(undefined, 'text', {}), parent)).toThrow(EmissionDepthError)
  })
})
