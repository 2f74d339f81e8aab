import { Injectable, Logger, type OnModuleInit } from '@nestjs/common'
import { EventLinker, on, type PayloadOf } from 'eventlane'
import { OrderPlaced, ReceiptReady } from './orders.events.js'
import { StockService } from './stock.service.js'

/** What needs other providers: the methods of a provider stay on the event loop, under every executor. */
@Injectable()
export class OrdersListeners implements OnModuleInit {
  readonly receipts: PayloadOf<typeof ReceiptReady>[] = []
  readonly #logger = new Logger(OrdersListeners.name)

  constructor(private readonly stock: StockService) {}

  onModuleInit(): void {
    EventLinker.default.bind(this)
  }

  @on(OrderPlaced)
  reserve({ item, quantity }: PayloadOf<typeof OrderPlaced>): void {
    this.stock.take(item, quantity)
  }

  @on(ReceiptReady)
  file(receipt: PayloadOf<typeof ReceiptReady>): void {
    this.receipts.push(receipt)
    this.#logger.log(`the receipt of ${receipt.id} is ready, from ${receipt.mode}`)
  }
}
