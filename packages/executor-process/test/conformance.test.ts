import { ProcessExecutor } from '@eventlane/executor-process'
import { describeExecutor, describePool, describePrograms } from '@eventlane/testing'

const module = new URL('../dist/index.js', import.meta.url).href
describeExecutor('ProcessExecutor', (options) => new ProcessExecutor(options))
describePool('ProcessExecutor', (options) => new ProcessExecutor(options))
describePrograms('ProcessExecutor', (options) => new ProcessExecutor(options), {
  module,
  className: 'ProcessExecutor',
})
