import { ProcessExecutor } from '@eventlane/executor-process'
import { describeFaults } from '@eventlane/testing'

describeFaults('ProcessExecutor', (options) => new ProcessExecutor(options))
