import { resultOf } from '../task.js'

// tinypool and piscina call what the module exports by default.
export default resultOf
