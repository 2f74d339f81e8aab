import { EventEmitter, EventLinker } from '@eventlane/core'
import { emitsChild, ChildWork, notes, notesFirst, Work } from '../handlers.js'
import { loadExecutor, witness } from './load-executor.js'

const linker = new EventLinker()
linker.on(Work, emitsChild)
linker.on(Work, notesFirst)
linker.on(ChildWork, notes)
const events = new EventEmitter({ executor: await loadExecutor(), linker })
for (let index = 0; index < 50; index += 1) events.emit(Work, { witness, label: String(index) })
