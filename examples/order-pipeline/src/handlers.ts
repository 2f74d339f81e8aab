/**
 * The handlers, which workers run. A queue runs them at least once: each does its work under the order's id, so that doing it
 * again changes nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { defineHandler, type HandlerContext } from '@eventlane/core'
import { OrderPaid, OrderPlaced, ReceiptSent, type Order } from './events.js'
import { ledgerOfWorker } from './ledger.js'
import type { Step } from './ledger-entry.js'

export const charge = defineHandler(import.meta.url, OrderPlaced, async function charge(order, context) {
  await perform('payment', order, context)
  await context.emit(OrderPaid, order)
})

export const sendReceipt = defineHandler(
  import.meta.url,
  OrderPaid,
  async function sendReceipt(order, context) {
    await perform('receipt', order, context)
    await context.emit(ReceiptSent, order)
  },
)

export const ship = defineHandler(import.meta.url, ReceiptSent, async function ship(order, context) {
  await perform('shipping', order, context)
})

/** Calls a service that takes its time, before it does what it is asked for and before it says so. */
async function perform(step: Step, { id }: Order, { signal }: HandlerContext): Promise<void> {
  const ledger = ledgerOfWorker()
  await ledger.note(step, id, 'started')
  await sleep(80, undefined, { signal })
  await ledger.book(step, id)
  await sleep(120, undefined, { signal })
  await ledger.note(step, id, 'returned')
}
