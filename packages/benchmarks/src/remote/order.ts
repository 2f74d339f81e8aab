import { plainOrders } from '../codec/plain-order.js'

/** The payload: what most events carry. */
export type Order = (typeof plainOrders.values)[number]

/** How many jobs are enqueued at once, and then waited for. */
const WAVE = 200

export const orders: readonly Order[] = Array.from(
  { length: WAVE },
  (_, index) => plainOrders.values[index % plainOrders.values.length] as Order,
)
