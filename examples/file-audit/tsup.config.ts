import type { Options } from 'tsup'
import { program } from '../../tsup.base.js'

// File by file, not bundled: workers import dist/handlers.js, so it has to hold the handlers itself.
const options: Options = { ...program(['src/*.ts']), bundle: false }

export default options
