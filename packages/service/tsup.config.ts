import { library } from '../../tsup.base.js'

export default library({
  entry: ['src/index.ts', 'src/thread-worker.ts', 'src/process-worker.ts'],
  dts: ['src/index.ts'],
})
