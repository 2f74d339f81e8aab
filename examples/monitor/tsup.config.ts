import type { Options } from 'tsup'
import { program } from '../../tsup.base.js'

const options: Options = {
  ...(program(['src/*.ts']) as Options),
  // File by file: workers import dist/handlers.js, so that is where the handlers have to be.
  bundle: false,
}

export default options
