import { isMainThread } from 'node:worker_threads'
import { defineHandler, isMainRealm, on, type HandlerContext, type PayloadOf } from 'eventlane'
import { OrderPlaced, Priority } from './events.js'

type Order = PayloadOf<typeof OrderPlaced>

export class Receipts {
  static count = 0

  // A class that mentions itself is renamed by some compilers.
  @on(OrderPlaced)
  static send(order: Order): string {
    Receipts.count += 1
    const speed = order.priority === Priority.Express ? 'at once' : 'tomorrow'
    return `receipt ${Receipts.count} for ${order.id} goes out ${speed}`
  }

  @on(OrderPlaced)
  static async file(order: Order): Promise<Date> {
    return Promise.resolve(order.placedAt)
  }
}

// So is a function whose name is taken by the constant.
export const score = defineHandler(import.meta.url, OrderPlaced, function score(order) {
  return order.total * 2n
})

export const whereabouts = defineHandler(
  import.meta.url,
  OrderPlaced,
  function whereabouts(_order, { mode }: HandlerContext) {
    return { mode, isMainRealm, isMainThread, pid: process.pid }
  },
)
