import { program } from '../../tsup.base.js'

export default program(['src/main.ts'])
