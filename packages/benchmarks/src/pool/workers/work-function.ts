import { workOn } from '../../work/job.js'

// tinypool and piscina call what the module exports by default.
export default workOn
