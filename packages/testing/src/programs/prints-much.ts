import { EventEmitter, EventLinker } from '@eventlane/core'
import { MoreWork, prints, printsAndExits, Work } from '../handlers.js'
import { loadExecutor, witness } from './load-executor.js'

/** Its handler prints 10 MB, and ends its worker right afterwards where the program is told so. */
const linker = new EventLinker()
linker.on(Work, prints)
linker.on(MoreWork, printsAndExits, { onFailure: () => undefined })
const events = new EventEmitter({ executor: await loadExecutor(), linker })
events.emit(process.env.EVENTLANE_HOW === 'exits' ? MoreWork : Work, { witness, value: 10 })
if (process.env.EVENTLANE_HOW === 'shuts down') await events.shutdown()
