import { isDeepStrictEqual } from 'node:util'
import type { PayloadSet } from './payload-set.js'
import { orderItem } from './plain-order.js'

type RichOrder = ReturnType<typeof richOrder>

const COUNT = 64
const DAY_MS = 24 * 60 * 60 * 1000

/** What JSON cannot carry, as orders have it. */
export const richOrders: PayloadSet<RichOrder> = {
  name: 'rich',
  title: 'Rich order: dates, bigint, set, map and undefined',
  values: Array.from({ length: COUNT }, (_, index) => richOrder(index)),
  witness: ({ placedAt, tags, reserved }) => placedAt.getTime() + tags.size + reserved.size,
  isKept: isDeepStrictEqual,
}

function richOrder(index: number) {
  const placedAt = Date.UTC(2026, 0, 1) + index * DAY_MS
  return {
    id: `order-${1000 + index}`,
    customer: `customer-${(index * 7919) % 1000}`,
    placedAt: new Date(placedAt),
    deliverBy: new Date(placedAt + 3 * DAY_MS),
    total: 4999n + BigInt(index) * 10_000_000_000n,
    tags: new Set(['gift', `campaign-${index % 7}`]),
    reserved: new Map([
      [`sku-${index}`, 1 + (index % 5)],
      [`sku-${index + 1}`, 2],
    ]),
    coupon: undefined,
    items: [orderItem(index), orderItem(index + 1)],
  }
}
