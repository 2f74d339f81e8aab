import { ProcessExecutor } from '@eventlane/executor-process'
import { runEventlane } from './eventlane-program.js'

await runEventlane(new ProcessExecutor({ workers: 1 }))
