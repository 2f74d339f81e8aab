import { ThreadExecutor } from '@eventlane/executor-thread'
import { describeExecutor, describePool, describePrograms } from '@eventlane/testing'

const module = new URL('../dist/index.js', import.meta.url).href
describeExecutor('ThreadExecutor', (options) => new ThreadExecutor(options))
describePool('ThreadExecutor', (options) => new ThreadExecutor(options))
describePrograms('ThreadExecutor', (options) => new ThreadExecutor(options), {
  module,
  className: 'ThreadExecutor',
})
