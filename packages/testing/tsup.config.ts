import { defineConfig } from 'tsup'
import { library } from '../../tsup.base.js'

// One output file per module, since workers import handler modules, and programs run, from the files they were written in.
export default defineConfig((overrides) => ({
  ...library({ entry: ['src/**/*.ts'], dts: ['src/index.ts', 'src/handlers.ts'] }),
  ...overrides,
  bundle: false,
  splitting: false,
}))
