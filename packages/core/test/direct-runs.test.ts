import { AsyncLocalStorage } from 'node:async_hooks'
import {
  addressOf,
  defineEvent,
  defineHandler,
  InvalidPayloadError,
  mapTasks,
  NoResultError,
  on,
  QueueFullError,
  runTask,
  TaskDroppedError,
} from '@eventlane/core'
import type { Task } from '@eventlane/core/executor'
import { expect, test } from 'vitest'
import { gate } from './support/gate.js'
import { LoopExecutor } from './support/loop-executor.js'
import { rejectionOf, thrownBy } from './support/thrown-by.js'

const double = defineHandler(import.meta.url, function double(value: number) {
  return value * 2
})

class Opened {
  constructor(readonly owner: string) {}
}
class OpenedTwice extends Opened {}
const OpenedEvent = defineEvent('direct.opened', Opened, { module: import.meta.url })
defineEvent('direct.opened-twice', OpenedTwice, { module: import.meta.url })
const greets = defineHandler(import.meta.url, OpenedEvent, function greets(opened, { event }) {
  return `${event} ${opened.owner} ${String(opened instanceof Opened)}`
})

class Receipts {
  static readonly prefix = 'receipt'
  @on(defineEvent('direct.receipt'), { module: import.meta.url })
  static send(this: typeof Receipts): string {
    return this.prefix
  }
}

/** An executor as users write them, which refuses what it has no room for, and knows nothing of waiting. */
class NarrowExecutor extends LoopExecutor {
  refused = 0
  override submit(tasks: readonly Task[]): void {
    const { queued, running } = this.stats()
    if (queued + running + tasks.length > 4) {
      this.refused += 1
      throw new QueueFullError(queued, 4, tasks.length, tasks[0]?.event ?? '')
    }
    super.submit(tasks)
  }
}

/** An executor whose engine reports no results. */
class QueueExecutor extends LoopExecutor {
  override submit(tasks: readonly Task[]): void {
    queueMicrotask(() => {
      for (const task of tasks) task.settle({ status: 'handed-over' })
    })
  }
}

/** An executor that drops all it is given. */
class DroppingExecutor extends LoopExecutor {
  override submit(tasks: readonly Task[]): void {
    queueMicrotask(() => {
      for (const task of tasks)
        task.settle({
          status: 'dropped',
          reason: new TaskDroppedError('drop-newest', 1, task.event, task.label),
        })
    })
  }
}

test('dropped runs that nobody looks at are one warning, and none where somebody does', async () => {
  const executor = new DroppingExecutor()
  const warnings: Error[] = []
  const listener = (warning: Error): unknown => warnings.push(warning)
  process.on('warning', listener)
  expect(await runTask(executor, double, 1).settled).toMatchObject({ status: 'dropped' })
  await new Promise(setImmediate)
  expect(warnings).toEqual([])
  for (let run = 0; run < 5; run += 1) runTask(executor, double, run)
  await new Promise(setImmediate)
  process.off('warning', listener)
  expect(warnings).toMatchObject([{ name: 'EventlaneWarning', code: 'ERR_TASK_DROPPED' }])
})

test('any executor runs handlers without an event', async () => {
  const executor = new LoopExecutor()
  expect(await runTask(executor, double, 21)).toBe(42)
  const results: number[] = []
  for await (const result of mapTasks(executor, double, [1, 2, 3])) results.push(result)
  expect(results).toEqual([2, 4, 6])
})

test('a decorated static method is run with its class', async () => {
  const handle = runTask(new LoopExecutor(), Receipts.send)
  expect(await handle).toBe('receipt')
  expect(handle.handler).toEqual(addressOf(Receipts.send))
})

test('a class event takes its instances, and goes by the name of their own class', async () => {
  const executor = new LoopExecutor()
  expect(await runTask(executor, greets, new Opened('Ann'))).toBe('direct.opened Ann true')
  expect(await runTask(executor, greets, new OpenedTwice('Bo'))).toBe('direct.opened-twice Bo true')
  expect(thrownBy(() => runTask(executor, greets, JSON.parse('{"owner":"Cy"}') as Opened))).toBeInstanceOf(
    InvalidPayloadError,
  )
})

test('an executor that cannot wait for room gets the next chunk when others of the same map have ended', async () => {
  const executor = new NarrowExecutor()
  const items = Array.from({ length: 50 }, (_, index) => index)
  const results: number[] = []
  for await (const result of mapTasks(executor, double, items, { chunkSize: 3 })) results.push(result)
  expect(results).toEqual(items.map((item) => item * 2))
  expect(executor.refused).toBeGreaterThan(0)
})

test('and where there is nothing that could end, the map throws that it is full', async () => {
  const executor = new NarrowExecutor()
  const error = await rejectionOf(mapTasks(executor, double, [1, 2, 3, 4, 5, 6], { chunkSize: 5 }).next())
  expect(error).toBeInstanceOf(QueueFullError)
})

test('a map that is left while its executor is full settles what was refused', async () => {
  const executor = new NarrowExecutor()
  const { opened, open } = gate()
  const waits = defineHandler(import.meta.url, async function waitsForGate(value: number) {
    if (value > 0) await opened
    return value
  })
  const results = mapTasks(executor, waits, [0, 1, 1, 1, 1, 1], { concurrency: 6 })
  expect(await results.next()).toEqual({ done: false, value: 0 })
  const next = results.next()
  await new Promise(setImmediate)
  expect(executor.refused).toBeGreaterThan(0)
  await results.return()
  expect(await next).toEqual({ done: true, value: undefined })
  expect(executor.stats().counts).toMatchObject({ total: 5, fulfilled: 1, cancelled: 4 })
  open()
  await new Promise(setImmediate)
  expect(executor.stats()).toMatchObject({ queued: 0, running: 0 })
})

test('an engine without results has the run, and says so to who awaits the result', async () => {
  const handle = runTask(new QueueExecutor(), double, 1)
  expect(await handle.settled).toMatchObject({ status: 'handed-over' })
  expect(handle).toMatchObject({ status: 'handed-over', result: undefined })
  expect(handle.error).toBeInstanceOf(NoResultError)
  expect(await rejectionOf(handle)).toBeInstanceOf(NoResultError)
})

test('a run has the AsyncLocalStorage of its caller', async () => {
  const tenants = new AsyncLocalStorage<string>()
  const tellsTenant = defineHandler(import.meta.url, function tellsTenant() {
    return tenants.getStore()
  })
  const executor = new LoopExecutor()
  expect(await tenants.run('a', () => runTask(executor, tellsTenant))).toBe('a')
  expect(await runTask(executor, tellsTenant)).toBeUndefined()
})
