import { InlineExecutor } from '@eventlane/executor-inline'
import { describeExecutor, describePrograms, type ExecutorFactoryOptions } from '@eventlane/testing'

const module = new URL('../dist/index.js', import.meta.url).href

/** There are no workers that could be told how many they are, or be ended. */
function inline(
  { workers: _workers, killGraceMs: _grace, ...options }: ExecutorFactoryOptions = {},
  portable = true,
): InlineExecutor {
  return new InlineExecutor({ ...options, portable })
}

describeExecutor('InlineExecutor', (options) => inline(options))
describeExecutor('InlineExecutor by reference', (options) => inline(options, false))
describePrograms('InlineExecutor', () => new InlineExecutor(), { module, className: 'InlineExecutor' })
