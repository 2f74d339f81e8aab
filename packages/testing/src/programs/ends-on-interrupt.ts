import { EventEmitter, EventLinker } from '@eventlane/core'
import { holds, Work } from '../handlers.js'
import { loadExecutor, witness } from './load-executor.js'

const linker = new EventLinker()
linker.on(Work, holds)
const events = new EventEmitter({ executor: await loadExecutor(), linker })
const emission = events.emit(Work, { witness, gate: 'held' })
process.once('SIGINT', () => {
  console.log('interrupted')
})
const report = await emission.settled
console.log(report.outcomes.map(({ status }) => status).join())
await events.shutdown()
