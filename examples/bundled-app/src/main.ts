import { EventEmitter, EventLinker, isMainRealm, ProcessExecutor, ThreadExecutor } from 'eventlane'
import { fingerprint } from './fingerprint.js'
import { Order, OrderPlaced } from './order.js'
import { Receipts } from './receipts.js'

EventLinker.default.on(OrderPlaced, fingerprint)

// Workers import the bundle for its handlers; the guard keeps them from running the program.
if (isMainRealm) {
  // With code splitting, a chunk that workers never load.
  const { print } = await import('./print.js')
  for (const Executor of [ThreadExecutor, ProcessExecutor]) {
    const executor = new Executor({ workers: 1 })
    await using events = new EventEmitter({ executor })
    const items = [
      { name: 'lamp', cents: 3900 },
      { name: 'bulb', cents: 550 },
    ]
    const report = await events.emit(new Order('o-1', items))
    print(executor.mode, [report.of(Receipts.write), report.of(fingerprint)])
  }
}
