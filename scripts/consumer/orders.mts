import { defineEvent, defineHandler, on, type PayloadOf } from 'eventlane'
import { z } from 'zod'

export const OrderPlaced = defineEvent(
  'order.placed',
  z.object({ id: z.string(), placedAt: z.date(), total: z.bigint() }),
)

export const score = defineHandler(import.meta.url, OrderPlaced, function score(order) {
  return { double: order.total * 2n, year: order.placedAt.getUTCFullYear(), pid: process.pid }
})

export class Receipts {
  @on(OrderPlaced)
  static send(order: PayloadOf<typeof OrderPlaced>): string {
    return `receipt for ${order.id}`
  }
}
