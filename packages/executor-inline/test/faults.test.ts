import { InlineExecutor } from '@eventlane/executor-inline'
import { describeFaults } from '@eventlane/testing'

describeFaults(
  'InlineExecutor',
  ({ concurrency } = {}) => new InlineExecutor({ ...(concurrency && { concurrency }) }),
)
