import { ThreadExecutor } from '@eventlane/executor-thread'
import { runEventlane } from './eventlane-program.js'

await runEventlane(new ThreadExecutor({ workers: 1 }))
