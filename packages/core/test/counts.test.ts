import {
  defineEvent,
  EmitterClosedError,
  EventEmitter,
  EventLinker,
  payload,
  type OutcomeCounts,
} from '@eventlane/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LoopExecutor } from './support/loop-executor.js'

interface Job {
  readonly turns: number
  readonly failures: number
  /** How many further jobs the handler emits. */
  readonly children: number
}

const Work = defineEvent('work', payload<Job>())
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const job = fc.record({ turns: fc.nat(3), failures: fc.nat(2), children: fc.nat(2) })
const action = fc.oneof(
  { weight: 6, arbitrary: job.map((work) => ({ kind: 'emit' as const, work })) },
  { weight: 3, arbitrary: fc.constant({ kind: 'turn' as const }) },
  { weight: 2, arbitrary: fc.nat().map((index) => ({ kind: 'cancel' as const, index })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'drain' as const }) },
)
const ending = fc.constantFrom(
  'drain',
  'shutdown',
  'cancel pending',
  'in no time',
  'terminate',
  'all at once',
)

function sum({ fulfilled, rejected, cancelled, dropped, handedOver }: OutcomeCounts): number {
  return fulfilled + rejected + cancelled + dropped + handedOver
}

describe('the counts', () => {
  it('of drain are those of the moment in which the last emission settled', async () => {
    const linker = new EventLinker()
    const events = new EventEmitter({ executor: new LoopExecutor(), linker })
    const nothing = { turns: 0, failures: 0, children: 0 }
    linker.on(Work, () => undefined, { local: true })
    const emission = events.emit(Work, nothing)
    const drained = events.drain()
    void emission.settled.then(() => events.emit(Work, nothing))
    expect(await drained).toMatchObject({ total: 1, fulfilled: 1 })
    expect(await events.drain()).toMatchObject({ total: 2, fulfilled: 2 })
  })

  it('add up, whatever is emitted, cancelled and ended, and agree with the reports', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 30 }),
        fc.integer({ min: 1, max: 3 }),
        ending,
        async (actions, concurrency, how) => {
          const linker = new EventLinker()
          const events = new EventEmitter({ executor: new LoopExecutor({ concurrency }), linker })
          const emissions: ReturnType<typeof events.emit>[] = []
          let children = 0
          linker.on(
            Work,
            async (work, { attempt, emit }) => {
              for (let index = 0; index < work.turns; index += 1) await turn()
              if (attempt <= work.failures) throw new Error('fails')
              for (let index = 0; index < work.children; index += 1) {
                try {
                  await emit(Work, { turns: 0, failures: 0, children: 0 })
                  children += 1
                } catch {
                  // The task or the emitter has ended.
                }
              }
            },
            { local: true, retry: { attempts: 2, delayMs: 0 }, onFailure: () => undefined },
          )
          const drains: Promise<OutcomeCounts>[] = []
          for (const step of actions) {
            if (step.kind === 'emit') emissions.push(events.emit(Work, step.work))
            else if (step.kind === 'cancel') emissions[step.index % Math.max(1, emissions.length)]?.cancel()
            else if (step.kind === 'drain') drains.push(events.drain())
            else await turn()
          }
          if (how === 'all at once')
            drains.push(events.shutdown(), events.shutdown({ cancelPending: true }), events.terminate())
          const counts = await {
            drain: () => events.drain(),
            shutdown: () => events.shutdown(),
            'cancel pending': () => events.shutdown({ cancelPending: true }),
            'in no time': () => events.shutdown({ timeoutMs: 1 }),
            terminate: () => events.terminate(),
            'all at once': () => events.shutdown({ timeoutMs: 1 }),
          }[how]()
          expect(sum(counts)).toBe(counts.total)
          for (const drained of await Promise.all(drains)) expect(sum(drained)).toBe(drained.total)
          expect(await events.drain()).toEqual(counts)
          if (how !== 'drain')
            expect(() => events.emit(Work, { turns: 0, failures: 0, children: 0 })).toThrow(
              EmitterClosedError,
            )
          const reports = await Promise.all(emissions.map(({ settled }) => settled))
          for (const report of reports) expect(sum(report)).toBe(report.total)
          expect(counts.total).toBe(emissions.length + children)
        },
      ),
      { numRuns: 80 },
    )
  })
})
