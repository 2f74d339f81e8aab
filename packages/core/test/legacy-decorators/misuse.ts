// Compiled, never run: under experimentalDecorators the wrong lines must not compile, and the others must.
import { defineEvent, EventLinker, on, once, type HandlerContext } from '@eventlane/core'
import { z } from 'zod'

const Tick = defineEvent('tick')
const OrderPlaced = defineEvent('order.placed', z.object({ id: z.string(), total: z.bigint() }))
const linker = new EventLinker()

interface Order {
  readonly id: string
  readonly total: bigint
}

export class Right {
  @on(OrderPlaced)
  static async send(order: Order, { signal }: HandlerContext): Promise<boolean> {
    return Promise.resolve(signal.aborted || order.id === '')
  }

  @linker.on(OrderPlaced)
  @once(Tick)
  static nothing(): void {}

  @linker.once(OrderPlaced, { timeoutMs: 5 })
  note(order: { readonly id: string }): string {
    return order.id
  }
}

export class Wrong {
  // @ts-expect-error -- an order is no number
  @on(OrderPlaced)
  static ofNumber(order: number): number {
    return order
  }

  // @ts-expect-error -- the total is a bigint
  @linker.on(OrderPlaced)
  instance(order: { total: number }): number {
    return order.total
  }

  // @ts-expect-error -- an event without payload gives none
  @once(Tick)
  tick(order: Order): Order {
    return order
  }

  // @ts-expect-error -- the second parameter is the context
  @on(OrderPlaced)
  more(order: Order, more: number): unknown {
    return [order, more]
  }

  // @ts-expect-error -- a field
  @on(Tick)
  field = () => undefined
}
