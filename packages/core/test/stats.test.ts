import { defineEvent, EventEmitter, EventLinker, type Executor } from '@eventlane/core'
import { Payload, type Task } from '@eventlane/core/executor'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'

const Tick = defineEvent('tick')

/** Gives the outcomes of handlers that took so long, without running them. */
class TimedExecutor extends LoopExecutor implements Executor {
  readonly #durations: readonly number[]
  #next = 0

  constructor(durations: readonly number[]) {
    super()
    this.#durations = durations
  }

  override submit(tasks: readonly Task[]): void {
    queueMicrotask(() => {
      for (const task of tasks) {
        task.begin()
        const runMs = this.#durations[this.#next++] ?? 0
        task.settle({ status: 'fulfilled', result: Payload.of(undefined, 'copy', {}), runMs })
      }
    })
  }
}

describe('stats()', () => {
  it('gives percentiles exact to 1/30 of themselves and to a microsecond, whatever the durations', async () => {
    const duration = fc.oneof(
      fc.double({ min: 0, max: 0.1, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 4_000_000, noNaN: true }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(duration, { minLength: 1, maxLength: 200 }), async (durations) => {
        const linker = new EventLinker()
        const events = new EventEmitter({ executor: new TimedExecutor(durations), linker, stats: true })
        linker.on(Tick, () => undefined, { local: true })
        for (const _ of durations) events.emit(Tick)
        await events.drain()
        const runMs = events.stats().handlers[0]?.runMs
        const sorted = durations.toSorted((a, b) => a - b)
        expect(runMs).toMatchObject({ count: sorted.length, max: sorted.at(-1) })
        expect(runMs?.mean).toBeCloseTo(durations.reduce((sum, each) => sum + each, 0) / durations.length, 3)
        for (const percent of [50, 95, 99] as const) {
          const exact = sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? 0
          const error = Math.abs((runMs?.[`p${percent}`] ?? Number.NaN) - exact)
          expect(error).toBeLessThanOrEqual(Math.max(0.001, exact / 30))
        }
      }),
    )
  })

  it('counts a duration of more than 71 minutes as that in the percentiles, and as itself in mean and maximum', async () => {
    const day = 86_400_000
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new TimedExecutor([day]), linker, stats: true })
    linker.on(Tick, () => undefined, { local: true })
    await events.emit(Tick)
    const runMs = events.stats().handlers[0]?.runMs
    expect(runMs).toMatchObject({ count: 1, mean: day, max: day })
    expect(runMs?.p50).toBeGreaterThan(4_100_000)
    expect(runMs?.p50).toBeLessThan(4_300_000)
  })

  it('tells of 1000 handlers one by one, and of all beyond together', async () => {
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker, stats: true })
    for (let index = 0; index < 1010; index += 1) {
      const handler = { [`handler${String(index)}`]: () => undefined }[`handler${String(index)}`]
      if (handler) linker.on(Tick, handler, { local: true })
    }
    await events.emit(Tick)
    await events.emit(Tick)
    const { handlers } = events.stats()
    expect(handlers).toHaveLength(1001)
    expect(handlers[0]).toMatchObject({ handler: 'handler0 (local)', counts: { total: 2 } })
    expect(handlers.at(-1)).toMatchObject({ handler: '(other handlers)', counts: { total: 20 } })
  })

  it('keeps emitters apart that share a linker', async () => {
    const linker = new EventLinker()
    const emitters = [1, 2].map(() => new EventEmitter({ executor: new LoopExecutor(), linker, stats: true }))
    linker.on(Tick, () => undefined, { local: true })
    for (const [index, events] of [...emitters.entries(), ...emitters.entries()])
      for (let count = 0; count <= index; count += 1) await events.emit(Tick)
    expect(emitters.map((events) => events.stats().handlers[0]?.counts.total)).toEqual([2, 4])
  })

  it('without the option says nothing of handlers, and has the counts all the same', async () => {
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    linker.on(Tick, () => undefined, { local: true })
    await events.emit(Tick)
    expect(events.stats()).toMatchObject({ counts: { total: 1, fulfilled: 1 }, handlers: [] })
  })
})
