import workerpool from 'workerpool'
import { resultOf } from '../task.js'

workerpool.worker({ resultOf })
