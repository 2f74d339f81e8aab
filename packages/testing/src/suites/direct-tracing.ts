import { tracingChannel } from 'node:diagnostics_channel'
import { mapTasks, runTask, waitAll, type EmitMessage, type HandleMessage } from '@eventlane/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ExecutorFactory } from '../executor-factory.js'
import { acts, notes } from '../handlers.js'
import { setStage } from '../stage.js'

/** What tracing channels and the debug log tell of direct runs. */
export function describeDirectTracing(factory: ExecutorFactory): void {
  describe('tracing channels, of direct runs', () => {
    test('tell of a run as of an emission with one task, and of each item', async () => {
      const { executor, job } = setStage(factory)
      const heard: [string, EmitMessage & HandleMessage][] = []
      for (const operation of ['emit', 'handle']) {
        const listenTo = (what: string) => (message: object) => {
          heard.push([`${operation} ${what}`, { ...message } as EmitMessage & HandleMessage])
        }
        const channel = tracingChannel(`eventlane.${operation}`)
        const subscribers = {
          start: listenTo('start'),
          end: listenTo('end'),
          asyncStart: () => undefined,
          asyncEnd: listenTo('asyncEnd'),
          error: listenTo('error'),
        }
        channel.subscribe(subscribers)
        onTestFinished(() => {
          channel.unsubscribe(subscribers)
        })
      }
      const handle = runTask(executor, acts, job('', { value: 'rejects' }))
      await handle.settled
      const names = [
        'emit start',
        'emit end',
        'handle start',
        'handle error',
        'handle asyncEnd',
        'emit asyncEnd',
      ]
      expect(heard.map(([name]) => name)).toEqual(names)
      for (const [, message] of heard)
        expect(message).toMatchObject({ event: 'acts', emissionId: handle.id, mode: executor.mode })
      expect(heard.at(0)?.[1].isDirect).toBe(true)
      expect(heard.at(-1)?.[1]).toMatchObject({ tasks: 1, counts: { total: 1, rejected: 1 } })
      expect(heard.at(4)?.[1]).toMatchObject({ outcome: 'rejected', error: { message: 'was told to' } })
      heard.length = 0
      const results = mapTasks(executor, notes, [job(), job()], { chunkSize: 2 })
      for await (const _result of results);
      expect(heard.map(([name]) => name).sort()).toEqual(
        ['emit start', 'emit end', 'handle start', 'handle asyncEnd', 'emit asyncEnd'].flatMap((name) => [name, name]).sort(), // prettier-ignore
      )
      expect(() => runTask(executor, () => undefined)).toThrow()
    })

    test('and the debug log has a line for each step', async () => {
      const { executor, job } = setStage(factory)
      const lines: string[] = []
      const debug = (line: string): unknown => lines.push(line)
      const { id } = await waitAll([runTask(executor, notes, job(), { debug })]).then(
        ({ settled: [handle] }) => ({
          id: handle?.id,
        }),
      )
      expect(lines.map((line) => line.split(' ', 1)[0])).toEqual(['run', 'started', 'fulfilled'])
      for (const line of lines) expect(line).toContain(`"notes" ${id}`)
    })
  })
}
