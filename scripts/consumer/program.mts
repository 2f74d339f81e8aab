import assert from 'node:assert/strict'
import {
  EventEmitter,
  EventLinker,
  InlineExecutor,
  ProcessExecutor,
  ThreadExecutor,
  type Executor,
} from 'eventlane'
import { OrderPlaced, Receipts, score } from './orders.mjs'

EventLinker.default.on(OrderPlaced, score)

const executors: [Executor | undefined, string][] = [
  [new InlineExecutor(), 'main-event-loop-async'],
  [new ThreadExecutor({ workers: 1 }), 'separate-thread'],
  [new ProcessExecutor({ workers: 1 }), 'separate-process'],
  [undefined, 'separate-thread'],
]
for (const [executor, mode] of executors) {
  await using events = executor ? new EventEmitter({ executor }) : new EventEmitter()
  assert.equal(events.mode, mode)
  const report = await events.emit(OrderPlaced, { id: 'o-1', placedAt: new Date(0), total: 21n })

  const scored = report.of(score)
  assert(scored?.status === 'fulfilled')
  const { double, year, pid }: { double: bigint; year: number; pid: number } = scored.value
  assert.deepEqual({ double, year }, { double: 42n, year: 1970 })
  assert.equal(pid === process.pid, mode !== 'separate-process')

  const receipt = report.of(Receipts.send)
  assert(receipt?.status === 'fulfilled')
  const text: string = receipt.value
  assert.equal(text, 'receipt for o-1')
}

// @ts-expect-error: the total is missing
const refused = () => new EventEmitter().emit(OrderPlaced, { id: 'o-2', placedAt: new Date(0) })
assert.throws(refused, { code: 'ERR_INVALID_PAYLOAD' })
