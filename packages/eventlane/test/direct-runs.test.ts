import { describe, expect, it } from 'vitest'
import { createExecutor, mapTasks, runTask, type LocalExecutionMode, type TaskHandle } from '../src/index.js'
import { tellsMode } from './support/in-flight.js'

const MODES = [
  'main-event-loop-async',
  'separate-thread',
  'separate-thread-async',
  'separate-process',
  'separate-process-async',
] as const satisfies LocalExecutionMode[]

describe('an executor without events', () => {
  it.each(MODES)(
    'runs and maps handlers by its methods, in the mode %s',
    { timeout: 20_000 },
    async (mode) => {
      await using executor = createExecutor(mode)
      const handle: TaskHandle<string> = executor.run(tellsMode, 'run', { timeoutMs: 15_000 })
      expect(await handle).toBe(`run ${mode}`)
      const mapped: string[] = []
      for await (const result of executor.map(tellsMode, ['a', 'b'], { chunkSize: 2 })) mapped.push(result)
      expect(mapped).toEqual([`a ${mode}`, `b ${mode}`])
      for await (const { status } of executor.map(tellsMode, ['c'], { outcomes: true })) mapped.push(status)
      expect(await runTask(executor, tellsMode, 'd')).toBe(`d ${mode}`)
      for await (const result of mapTasks(executor, tellsMode, ['e'])) mapped.push(result)
      expect(mapped.slice(2)).toEqual(['fulfilled', `e ${mode}`])
      expect(executor.stats().counts).toMatchObject({ total: 6, fulfilled: 6 })
    },
  )
})
