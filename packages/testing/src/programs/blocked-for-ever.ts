import { EventEmitter, EventLinker } from '@eventlane/core'
import { neverStops, Work } from '../handlers.js'
import { loadExecutor, witness } from './load-executor.js'

const linker = new EventLinker()
linker.on(Work, neverStops)
const events = new EventEmitter({ executor: await loadExecutor(), linker })
events.emit(Work, { witness })
