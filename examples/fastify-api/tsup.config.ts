import type { Options } from 'tsup'
import { program } from '../../tsup.base.js'

const options: Options = {
  ...(program(['src/*.ts']) as Options),
  // File by file: workers import dist/handlers.js, so that is where the handlers have to be.
  bundle: false,
  // esbuild would call the function of `const charge = …(function charge() {})` charge2, and so would dashboards.
  keepNames: true,
}

export default options
