import { defineEvent, payload } from '@eventlane/core'

/** What a customer has ordered. */
export interface Order {
  readonly id: string
  readonly customer: string
  readonly cents: number
}

export const OrderPlaced = defineEvent('order.placed', payload<Order>())
export const OrderPaid = defineEvent('order.paid', payload<Order>())
export const ReceiptSent = defineEvent('receipt.sent', payload<Order>())
