import assert = require('node:assert/strict')
import { EventEmitter, EventLinker, InlineExecutor, ProcessExecutor, ThreadExecutor } from 'eventlane'
import { OrderPlaced, score } from './orders.cjs'

EventLinker.default.on(OrderPlaced, score)

async function main(): Promise<void> {
  for (const executor of [
    new InlineExecutor(),
    new ThreadExecutor({ workers: 1 }),
    new ProcessExecutor({ workers: 1 }),
  ]) {
    await using events = new EventEmitter({ executor })
    const report = await events.emit(OrderPlaced, { id: 'o-1', total: 21n })

    const scored = report.of(score)
    assert(scored?.status === 'fulfilled')
    assert.equal(scored.value.double, 42n)
    assert.equal(scored.value.pid === process.pid, !(executor instanceof ProcessExecutor))
  }
}

void main()
