import { defineEvent, EventEmitter, EventLinker, payload } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import type { Order } from '../emit/order.js'
import type { MemoryUse } from './memory.js'

const [emissions, portable] = process.argv.slice(2)
const count = Number(emissions)
const OrderPlaced = defineEvent('order.placed', payload<Order>())
const linker = new EventLinker()
let sum = 0
linker.on(OrderPlaced, ({ total }) => void (sum += total), { local: true })
const executor = new InlineExecutor({ portable: portable === 'true' })
const events = new EventEmitter({ executor, linker })

function emit(times: number): void {
  for (let index = 0; index < times; index += 1)
    events.emit(OrderPlaced, { id: `order-${index}`, total: index % 100 })
}

async function heap(): Promise<number> {
  // Timers and promises that are done are let go of first.
  await new Promise((resolve) => setImmediate(resolve))
  return heapNow()
}

function heapNow(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc')
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

// What is compiled and kept once is not what is measured.
emit(10_000)
await events.drain()
sum = 0
const heapBefore = await heap()
emit(count)
if (executor.stats().queued !== count) throw new Error('the emissions are not queued')
const heapQueued = heapNow()
const { total, fulfilled } = await events.drain()
const expected = Array.from({ length: 100 }, (_, rest) => rest * Math.ceil((count - rest) / 100))
if (total !== fulfilled || sum !== expected.reduce((all, part) => all + part, 0))
  throw new Error('handlers have not done their work')
const heapAfter = await heap()
console.log(JSON.stringify({ heapBefore, heapQueued, heapAfter } satisfies MemoryUse))
