import { double } from './handlers.js'

process.on('message', (value: number) => process.send?.(double({ value })))
