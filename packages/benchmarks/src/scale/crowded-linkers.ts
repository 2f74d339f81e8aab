import { defineEvent, EventEmitter, EventLinker, payload } from '@eventlane/core'
import { InlineExecutor } from '@eventlane/executor-inline'
import type { Contender } from '../contest.js'
import { orders, type Order } from '../emit/order.js'
import type { Metric } from '../metric.js'
import { timed } from '../timed.js'

export const EMIT: Metric = { name: 'emission', unit: 'ns', better: 'less' }

/** How many links there are on other events. */
export const LINK_COUNTS = [10, 100, 1000, 10_000, 100_000] as const

export function linksInWords(count: number): string {
  return `${count.toLocaleString('en')} links`
}

/** Emitting to one handler, awaited, where a linker has so many links on other events, each on one of its own. */
export function crowdedLinker(links: number): Contender {
  const OrderPlaced = defineEvent('order.placed', payload<Order>())
  const linker = new EventLinker<Record<string, Order>>()
  const unexpected = (): never => {
    throw new Error('a handler of another event was called')
  }
  for (let index = 0; index < links; index += 1) linker.on(`other.${index}`, unexpected, { local: true })
  let sum = 0
  linker.on(OrderPlaced, ({ total }) => void (sum += total), { local: true })
  const events = new EventEmitter({ executor: new InlineExecutor(), linker })
  return timed({
    subject: linksInWords(links),
    metric: EMIT,
    operations: orders.length,
    pass: async () => {
      sum = 0
      for (const order of orders) await events.emit(OrderPlaced, order)
      return sum
    },
    checksum: orders.reduce((total, order) => total + order.total, 0),
  })
}
