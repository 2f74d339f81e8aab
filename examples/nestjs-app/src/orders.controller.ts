import { Body, Controller, Get, Post } from '@nestjs/common'
import { EventEmitter, type InputOf, type PayloadOf } from 'eventlane'
import { OrderPlaced, ReceiptDue, type ReceiptReady } from './orders.events.js'
import { OrdersHandlers } from './orders.handlers.js'
import { OrdersListeners } from './orders.listeners.js'
import { StockService } from './stock.service.js'

interface PlacedOrder {
  readonly id: string
  /** From 0 to 96. */
  readonly risk: number
  /** How many of the item are left. */
  readonly left: number
}

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly events: EventEmitter,
    private readonly listeners: OrdersListeners,
    private readonly stock: StockService,
  ) {}

  /** Waits for what the answer needs, and for nothing else: the receipt may take its time. */
  @Post()
  async place(@Body() order: InputOf<typeof OrderPlaced>): Promise<PlacedOrder> {
    const report = await this.events.emit(OrderPlaced, order)
    const scored = report.of(OrdersHandlers.score)
    const risk = scored?.status === 'fulfilled' ? scored.value : 0
    this.events.emit(ReceiptDue, { id: order.id, risk })
    return { id: order.id, risk, left: this.stock.left(order.item) }
  }

  @Get('receipts')
  receipts(): readonly PayloadOf<typeof ReceiptReady>[] {
    return this.listeners.receipts
  }
}
