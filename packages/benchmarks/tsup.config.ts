import type { Options } from 'tsup'
import { program } from '../../tsup.base.js'

const options: Options = {
  ...(program(['src/**/*.ts']) as Options),
  // File by file, with every peer imported as its users import it: bundled code is not what they run.
  bundle: false,
}

export default options
