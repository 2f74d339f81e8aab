// Emits one event; with the argument `option`, its steps are printed by an option.
import { defineEvent, EventEmitter, EventLinker } from '@eventlane/core'
import { LocalRunner } from '@eventlane/core/executor'

const [how] = process.argv.slice(2)

const runner = new LocalRunner('main-event-loop-async', 1)
const executor = {
  mode: 'main-event-loop-async',
  capabilities: { isolated: false, portable: true, killsRunning: false, order: true, backpressure: false },
  submit: (tasks) => runner.submit(tasks),
  shutdown: () => runner.idle(),
}
const linker = new EventLinker(how === 'option' ? { debug: true } : {})
const Tick = defineEvent('tick')
linker.on(Tick, function count() {}, { local: true })
const events = new EventEmitter({ executor, linker })
await events.emit(Tick)
await events.shutdown()
