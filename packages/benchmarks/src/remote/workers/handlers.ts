import { defineHandler } from '@eventlane/core'
import { handled } from '../handled.js'
import type { Order } from '../order.js'

/** Does nothing but tell that it ran. */
export const count = defineHandler(import.meta.url, function countOrder(order: Order): void {
  handled.add(order.total)
})
