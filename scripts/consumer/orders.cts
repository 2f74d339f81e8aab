import { defineEvent, defineHandler, payload } from 'eventlane'

export const OrderPlaced = defineEvent('order.placed', payload<{ id: string; total: bigint }>())

export const score = defineHandler(__filename, OrderPlaced, function score(order) {
  return { double: order.total * 2n, pid: process.pid }
})
