import { InlineExecutor } from '@eventlane/executor-inline'
import { describeExecutor, describePrograms } from '@eventlane/testing'

const module = new URL('../dist/index.js', import.meta.url).href
describeExecutor(
  'InlineExecutor',
  ({ concurrency } = {}) => new InlineExecutor({ ...(concurrency && { concurrency }) }),
)
describeExecutor(
  'InlineExecutor by reference',
  ({ concurrency } = {}) => new InlineExecutor({ portable: false, ...(concurrency && { concurrency }) }),
)
describePrograms('InlineExecutor', () => new InlineExecutor(), { module, className: 'InlineExecutor' })
