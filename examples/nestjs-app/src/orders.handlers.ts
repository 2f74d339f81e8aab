import { createHash } from 'node:crypto'
import { on, type HandlerContext, type PayloadOf } from 'eventlane'
import { OrderPlaced, ReceiptDue, ReceiptReady } from './orders.events.js'

/**
 * What computes, and runs where the executor says. Workers import this module and what it imports, and nothing else: so it knows
 * neither providers nor Nest. What the application is to learn it returns, or emits.
 */
export class OrdersHandlers {
  @on(OrderPlaced)
  static score(this: void, { quantity, cents }: PayloadOf<typeof OrderPlaced>): number {
    let risk = quantity
    for (let step = 0; step < 3_000_000; step += 1) risk = (risk * 31 + step + Number(cents)) % 97
    return risk
  }

  @on(ReceiptDue)
  static async seal(
    this: void,
    { id, risk }: PayloadOf<typeof ReceiptDue>,
    { emit, mode }: HandlerContext,
  ): Promise<void> {
    let seal = `${id} ${risk}`
    for (let round = 0; round < 20_000; round += 1) seal = createHash('sha256').update(seal).digest('hex')
    await emit(ReceiptReady, { id, seal, mode })
  }
}
