// A program with one service, in the mode of its second argument; the first one says what it does then.
import { EventEmitter, EventLinker } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import { Host } from '@eventlane/service'
import { Job, resident } from './resident.mjs'

const [, , what, mode] = process.argv
const linker = new EventLinker()
const events = new EventEmitter({ executor: new InlineExecutor(), linker, onFailure: () => {} })
const host = new Host({ events })
host.add(resident, { mode, stopTimeoutMs: 10_000 })
host.stopOnSignals(['SIGTERM', 'SIGINT'], { timeoutMs: 20_000 })
await host.start()
const { pid } = (await events.emit(Job, 'pid')).outcomes[0].value
console.log(`ready ${pid}`)
if (what === 'blocks') {
  events.emit(Job, 'block')
  // It is on its way to the service when this is answered, since a health check comes after it.
  console.log('blocking', (await host.health(200)).resident.isHealthy)
}
if (what === 'stops') {
  await host.stop()
  console.log('stopped')
}
