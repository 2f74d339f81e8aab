import {
  defineEvent,
  defineHandler,
  EventEmitter,
  EventLinker,
  InvalidLinkError,
  InvalidOptionError,
  payload,
} from '@eventlane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'
import { rejectionOf, thrownBy } from './support/thrown-by.js'

interface Job {
  readonly id: number
  readonly key: number
  /** Turns of the event loop that an attempt takes. */
  readonly turns: number
  /** Attempts that fail. */
  readonly failures: number
  /** After how many turns it is cancelled, from outside. */
  readonly cancelAfter: number | undefined
}

const Tick = defineEvent('tick')
const Work = defineEvent('work', payload<Job>())

function addressed(): void {}
defineHandler(import.meta.url, addressed)

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('the option order', () => {
  it.each([['parallel'], [true], [{}]])('refuses %s, naming it', (order) => {
    const linker = new EventLinker()
    const error = thrownBy(() => linker.on(Tick, () => undefined, { local: true, order: order as never }))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ message: expect.stringContaining('order') })
  })

  it('is refused where the executor cannot keep it, and nothing has happened', async () => {
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor({ order: false }), linker })
    linker.once(Tick, addressed, { order: 'serial' })
    const error = thrownBy(() => events.emit(Tick))
    expect(error).toBeInstanceOf(InvalidLinkError)
    expect(error).toMatchObject({
      message: expect.stringMatching(/order.*addressed.*main-event-loop-async/s),
    })
    expect(await rejectionOf(events.ready())).toBeInstanceOf(InvalidLinkError)
    expect(linker.links()).toHaveLength(1)
    expect(await events.drain()).toMatchObject({ total: 0 })
  })

  it('is kept for local links whatever the executor can, where it is another realm', async () => {
    const linker = new EventLinker()
    const executor = new LoopExecutor({ order: false, isolated: true })
    const events = new EventEmitter({ executor, linker })
    const seen: string[] = []
    linker.on(
      Tick,
      async () => {
        seen.push('started')
        await turn()
        seen.push('ended')
      },
      { local: true, order: 'serial' },
    )
    for (let index = 0; index < 3; index += 1) events.emit(Tick)
    await events.drain()
    expect(seen).toEqual(['started', 'ended', 'started', 'ended', 'started', 'ended'])
  })
})

describe('tasks of one key', () => {
  const job = fc.record({
    key: fc.nat(2),
    turns: fc.nat(4),
    failures: fc.nat(3),
    cancelAfter: fc.option(fc.nat(12), { nil: undefined }),
  })

  it('start in emit order and one at a time, and the counts add up, whatever happens to them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(job, { maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (jobs, concurrency, attempts) => {
          const linker = new EventLinker()
          const events = new EventEmitter({ executor: new LoopExecutor({ concurrency }), linker })
          const starts: Job[] = []
          const overlaps: Job[] = []
          const running = new Map<number, number>()
          const handler = async (work: Job, { attempt }: { attempt: number }) => {
            if (running.has(work.key)) overlaps.push(work)
            running.set(work.key, work.id)
            starts.push(work)
            for (let index = 0; index < work.turns; index += 1) await turn()
            running.delete(work.key)
            if (attempt <= work.failures) throw new Error('fails')
          }
          const retry = { attempts, delayMs: 0 }
          const onFailure = () => undefined
          linker.on(Work, handler, { local: true, order: ({ key }) => key, retry, onFailure })
          for (const [id, settings] of jobs.entries()) {
            const emission = events.emit(Work, { ...settings, id })
            void (async () => {
              if (settings.cancelAfter === undefined) return
              for (let index = 0; index < settings.cancelAfter; index += 1) await turn()
              emission.cancel()
            })()
          }
          const counts = await events.drain()
          expect(counts.total).toBe(jobs.length)
          expect(counts.fulfilled + counts.rejected + counts.cancelled).toBe(jobs.length)
          expect(overlaps).toEqual([])
          for (const key of [0, 1, 2]) {
            const ids = starts.filter((work) => work.key === key).map(({ id }) => id)
            expect(ids).toEqual([...ids].sort((a, b) => a - b))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('may be many, that come and go, one after the other', async () => {
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    const seen: number[] = []
    linker.on(Work, ({ id }) => seen.push(id), { local: true, order: ({ key }) => key })
    const base = { turns: 0, failures: 0, cancelAfter: undefined }
    for (let id = 0; id < 20_000; id += 1) events.emit(Work, { ...base, id, key: id % 5000 })
    await events.drain()
    expect(seen).toHaveLength(20_000)
  })
})
