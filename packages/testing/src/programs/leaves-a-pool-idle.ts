import { EventEmitter, EventLinker } from '@eventlane/core'
import { notes, Work } from '../handlers.js'
import { loadExecutor, witness } from './load-executor.js'

const linker = new EventLinker()
linker.on(Work, notes)
const events = new EventEmitter({ executor: await loadExecutor(), linker })
await events.ready()
await events.emit(Work, { witness })
console.log('settled')
