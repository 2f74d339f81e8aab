import { library } from '../../tsup.base.js'

export default library({
  entry: ['src/index.ts', 'src/bundler.ts', 'src/process-lane.ts'],
  dts: ['src/index.ts', 'src/bundler.ts'],
})
