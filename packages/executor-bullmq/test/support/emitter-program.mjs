// An emitter in a process of its own: emits one event as its argument says, and says what came of it.
import { EventEmitter, EventLinker } from '@eventlane/core'
import { BullMQExecutor } from '@eventlane/executor-bullmq'
import { Ordered, records } from './command-handlers.mjs'

const { executor, link, order, options } = JSON.parse(process.argv[2])
const linker = new EventLinker()
linker.on(Ordered, records, link)
const events = new EventEmitter({ linker, executor: new BullMQExecutor(executor) })
try {
  const report = await events.emit(Ordered, order, options)
  console.log(report.outcomes.map(({ status }) => status).join())
} catch (error) {
  console.log(error.code)
}
await events.shutdown()
