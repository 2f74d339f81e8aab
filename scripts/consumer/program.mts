import assert from 'node:assert/strict'
import { EventEmitter, EventLinker, InlineExecutor, ProcessExecutor, ThreadExecutor } from 'eventlane'
import { OrderPlaced, Receipts, score } from './orders.mjs'

EventLinker.default.on(OrderPlaced, score)

for (const Executor of [InlineExecutor, ThreadExecutor, ProcessExecutor]) {
  const executor = Executor === InlineExecutor ? new InlineExecutor() : new Executor({ workers: 1 })
  await using events = new EventEmitter({ executor })
  const report = await events.emit(OrderPlaced, { id: 'o-1', placedAt: new Date(0), total: 21n })

  const scored = report.of(score)
  assert(scored?.status === 'fulfilled')
  const { double, year, pid }: { double: bigint; year: number; pid: number } = scored.value
  assert.deepEqual({ double, year }, { double: 42n, year: 1970 })
  assert.equal(pid === process.pid, Executor !== ProcessExecutor)

  const receipt = report.of(Receipts.send)
  assert(receipt?.status === 'fulfilled')
  const text: string = receipt.value
  assert.equal(text, 'receipt for o-1')
  console.log(Executor.name)
}

// @ts-expect-error: the total is missing
const refused = () => new EventEmitter().emit(OrderPlaced, { id: 'o-2', placedAt: new Date(0) })
assert.throws(refused, { code: 'ERR_INVALID_PAYLOAD' })
