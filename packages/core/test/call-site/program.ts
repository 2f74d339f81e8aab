import { addressOf } from '@eventlane/core'
import { Receipts } from './handlers.js'

console.log(JSON.stringify([addressOf(Receipts.send), addressOf(Receipts.file)]))
