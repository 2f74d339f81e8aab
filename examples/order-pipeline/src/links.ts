/** Who hears of what: the shop needs it to emit, and workers do, since their handlers emit too. */
import { EventLinker } from '@eventlane/core'
import { OrderPaid, OrderPlaced, ReceiptSent } from './events.js'
import { charge, sendReceipt, ship } from './handlers.js'

EventLinker.default.link([OrderPlaced, charge], [OrderPaid, sendReceipt], [ReceiptSent, ship])
