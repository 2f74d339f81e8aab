import { isDeepStrictEqual } from 'node:util'
import type { PayloadSet } from './payload-set.js'

/** One line of an order. */
export interface Item {
  readonly sku: string
  readonly quantity: number
  readonly price: number
}

interface PlainOrder {
  readonly id: string
  readonly customer: string
  readonly currency: string
  readonly total: number
  readonly paid: boolean
  readonly items: readonly Item[]
}

const COUNT = 64

/** What most events carry: a few fields and a short list, nothing but JSON. */
export const plainOrders: PayloadSet<PlainOrder> = {
  name: 'plain',
  title: 'Small plain order, about 180 bytes of JSON',
  values: Array.from({ length: COUNT }, (_, index) => plainOrder(index)),
  witness: ({ id, total, items }) => id.length + total + items.length,
  isKept: isDeepStrictEqual,
}

function plainOrder(index: number): PlainOrder {
  const items = [orderItem(index), orderItem(index + 1)]
  return {
    id: `order-${1000 + index}`,
    customer: `customer-${(index * 7919) % 1000}`,
    currency: index % 3 === 0 ? 'EUR' : 'USD',
    total: items.reduce((total, { quantity, price }) => total + quantity * price, 0),
    paid: index % 2 === 0,
    items,
  }
}

/** Orders of every kind have the same lines. */
export function orderItem(index: number): Item {
  return { sku: `sku-${(index * 104_729) % 10_000}`, quantity: 1 + (index % 5), price: 99 + index * 50 }
}
