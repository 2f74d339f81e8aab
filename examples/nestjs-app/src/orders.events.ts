import { defineEvent, payload } from 'eventlane'
import { z } from 'zod'

/** The body of the request is what its schema takes; handlers get what it makes of that: cents as a `bigint`. */
export const OrderPlaced = defineEvent(
  'order.placed',
  z.object({
    id: z.string().min(1),
    item: z.string(),
    quantity: z.int().positive(),
    cents: z.int().positive().transform(BigInt),
  }),
)

export const ReceiptDue = defineEvent('receipt.due', payload<{ id: string; risk: number }>())

export const ReceiptReady = defineEvent(
  'receipt.ready',
  payload<{ id: string; seal: string; mode: string }>(),
)
