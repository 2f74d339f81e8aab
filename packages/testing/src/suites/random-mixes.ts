import { defineEvent, payload, type Handler } from '@eventlane/core'
import { describe, expect, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import {
  crashes,
  emitsChild,
  ChildWork,
  exits,
  neverStops,
  notes,
  notesFirst,
  notesSecond,
  rejectsWithIt,
  stops,
  throwsIt,
  type Job,
} from '../handlers.js'
import { randomNumbers } from '../random-numbers.js'
import { setStage } from '../stage.js'

const SEEDS = [1, 2, 3, 4, 5, 6]
const EMISSIONS = 60

/** Whatever handlers do, the books balance. */
export function describeRandomMixes(factory: ExecutorFactory): void {
  const { isolated, killsRunning } = factory().capabilities

  describe('whatever mix of handlers runs', () => {
    for (const seed of SEEDS) {
      test(`every task settles once, the counts add up and none runs twice (seed ${seed})`, async () => {
        const random = randomNumbers(seed)
        let settlements = 0
        const { events, linker, witness, job } = setStage(
          factory,
          { workers: 1 + random(3), concurrency: 1 + random(4), killGraceMs: 20 },
          { onSuccess: () => (settlements += 1), onFailure: () => (settlements += 1) },
        )
        const gentle: Handler<Job>[] = [notes, notesFirst, notesSecond, throwsIt, rejectsWithIt, emitsChild]
        const rough: Handler<Job>[] = [
          stops,
          ...(isolated ? [exits, crashes] : []),
          ...(killsRunning ? [neverStops] : []),
        ]
        linker.on(ChildWork, notesSecond)
        const chosen = Array.from({ length: 6 }, (_, index) => {
          const event = defineEvent(`conformance.mix-${index}`, payload<Job>())
          const isRough = random(3) === 0
          const first = isRough ? rough[random(rough.length)] : gentle[random(gentle.length)]
          const second = gentle[random(gentle.length)]
          for (const handler of new Set([first, second])) {
            if (handler) linker.on(event, handler, { timeoutMs: rough.includes(handler) ? 40 : 30_000 })
          }
          return event
        })
        let cancelled = 0
        const emissions = Array.from({ length: EMISSIONS }, (_, index) => {
          const event = chosen[random(chosen.length)] ?? ChildWork
          const emission = events.emit(event, job(String(index), { exitCode: random(3) }))
          if (random(6) === 0) {
            cancelled += 1
            if (random(2) === 0) emission.cancel()
            else setTimeout(() => emission.cancel(), random(30))
          }
          return emission
        })
        const counts = await events.drain()
        expect(counts.total).toBe(counts.fulfilled + counts.rejected + counts.cancelled)
        expect(settlements).toBe(counts.fulfilled + counts.rejected)
        if (cancelled === 0) expect(counts.cancelled).toBe(0)
        for (const emission of emissions) {
          const report = await emission.settled
          expect(report.outcomes).toHaveLength(report.total)
          expect(report.total).toBe(report.fulfilled + report.rejected + report.cancelled)
        }
        const runs = new Map<string, number>()
        for (const { what, label } of witness.testimonies) {
          const run = `${what} ${label}`
          runs.set(run, (runs.get(run) ?? 0) + 1)
        }
        expect([...runs].filter(([, count]) => count > 1)).toEqual([])
      })
    }

    test('a flood of small tasks loses and repeats none', async () => {
      const { events, linker, witness, job } = setStage(factory, { workers: 2, concurrency: 4 })
      linker.on(ChildWork, notes)
      linker.on(ChildWork, throwsIt, { onFailure: () => undefined })
      const labels = Array.from({ length: 3000 }, (_, index) => String(index))
      for (const label of labels) events.emit(ChildWork, job(label))
      expect(await events.drain()).toEqual({
        total: 6000,
        fulfilled: 3000,
        rejected: 3000,
        cancelled: 0,
        dropped: 0,
        handedOver: 0,
      })
      const ran = witness.labels('ran').sort()
      expect(ran).toEqual(labels.sort())
    })
  })
}
