import { on } from 'eventlane'
import { OrderPlaced, type Order } from './order.js'

/** Linked by its decorator, which takes the module from where it stands: in a bundle, the bundle. */
export class Receipts {
  @on(OrderPlaced)
  static write(this: void, order: Order): string {
    return `receipt for ${order.id}: ${order.items.length.toString()} items, ${order.total}`
  }
}
