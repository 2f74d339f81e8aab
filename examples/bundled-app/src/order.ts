import { defineEvent } from 'eventlane'

export interface Item {
  readonly name: string
  readonly cents: number
}

/** An order, which knows its total; a worker gets an instance too. */
export class Order {
  readonly id: string
  readonly items: readonly Item[]

  constructor(id: string, items: readonly Item[]) {
    this.id = id
    this.items = items
  }

  get total(): string {
    const cents = this.items.reduce((sum, item) => sum + item.cents, 0)
    return `${(cents / 100).toFixed(2)} EUR`
  }
}

export const OrderPlaced = defineEvent('order.placed', Order)
