import { describe, expect, test } from 'vitest'
import { isMainRealm, type Settlement } from '@eventlane/core'
import { threadId } from 'node:worker_threads'
import type { ExecutorFactory } from '../executor-factory.js'
import { echoes, throwsIt, Work } from '../handlers.js'
import { setStage, statuses, warningsOf } from '../stage.js'

/** The callbacks of links, linkers and emitters. */
export function describeCallbacks(factory: ExecutorFactory): void {
  describe('onSuccess', () => {
    const values = {
      '0': 0,
      '-0': -0,
      "''": '',
      false: false,
      null: null,
      undefined,
      NaN: Number.NaN,
      '0n': 0n,
      '[]': [],
    }
    for (const [name, value] of Object.entries(values)) {
      test(`gets the result ${name}`, async () => {
        const { events, linker, job } = setStage(factory)
        const results: unknown[] = []
        const failures: unknown[] = []
        linker.on(Work, echoes, {
          onSuccess: (result) => results.push(result),
          onFailure: (error) => failures.push(error),
        })
        await events.emit(Work, job('', { value }))
        expect(results).toEqual([value])
        expect(failures).toEqual([])
      })
    }

    test('runs in the realm of the emitter, and so does onFailure', async () => {
      const { events, linker, job } = setStage(factory)
      const realms: unknown[] = []
      const noteRealm = (_: unknown, { event, handler }: Settlement): void => {
        realms.push([event, handler.split(' ')[0], isMainRealm, process.pid, threadId])
      }
      linker.on(Work, echoes, { onSuccess: noteRealm })
      linker.on(Work, throwsIt, { onFailure: noteRealm })
      await events.emit(Work, job()).settled
      expect(realms.sort()).toEqual([
        [Work.name, 'echoes', true, process.pid, threadId],
        [Work.name, 'throwsIt', true, process.pid, threadId],
      ])
    })

    test('that throws is reported, does not call onFailure, and leaves the outcome as it is', async () => {
      const { events, linker, job } = setStage(factory)
      const failures: unknown[] = []
      linker.on(Work, echoes, {
        onSuccess: () => {
          throw new RangeError('of onSuccess')
        },
        onFailure: (error) => failures.push(error),
      })
      const warnings = await warningsOf(async () => {
        expect(statuses(await events.emit(Work, job()))).toEqual(['fulfilled'])
      })
      expect(warnings).toEqual([expect.stringContaining('of onSuccess')])
      expect(failures).toEqual([])
    })
  })
}
