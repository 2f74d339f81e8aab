import { Module } from '@nestjs/common'
import { EventlaneModule } from './eventlane.module.js'
import { OrdersController } from './orders.controller.js'
import { OrdersListeners } from './orders.listeners.js'
import { StockService } from './stock.service.js'

@Module({
  imports: [EventlaneModule],
  controllers: [OrdersController],
  providers: [OrdersListeners, StockService],
})
export class AppModule {}
