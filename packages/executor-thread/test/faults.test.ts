import { ThreadExecutor } from '@eventlane/executor-thread'
import { describeFaults } from '@eventlane/testing'

describeFaults('ThreadExecutor', (options) => new ThreadExecutor(options))
