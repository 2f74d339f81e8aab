import { program } from '../../tsup.base.js'

// File by file, not bundled: workers import dist/handlers.js, so it has to hold the handlers itself.
export default { ...program(['src/*.ts']), bundle: false }
