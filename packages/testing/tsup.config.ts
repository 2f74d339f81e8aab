import type { Options } from 'tsup'
import { library } from '../../tsup.base.js'

const options = library({
  entry: ['src/**/*.ts'],
  dts: ['src/index.ts', 'src/handlers.ts', 'src/recording.ts', 'src/witness.ts'],
}) as Options

// One output file per module, since workers import handler modules, and programs run, from the files they were written in.
const config: Options = { ...options, bundle: false, splitting: false }

export default config
