import {
  defineEvent,
  EventLinker,
  on,
  payload,
  type HandlerContext,
  type LinkOptions,
  type OrderKey,
  type Outcome,
  type OutcomeCounts,
  type RetryOptions,
  type TaskDroppedError,
} from '@eventlane/core'
import { expectTypeOf, it } from 'vitest'

interface Order {
  readonly id: string
  readonly total: number
}

const OrderPlaced = defineEvent('order.placed', payload<Order>())
declare const linker: EventLinker<{ 'order.paid': Order }>
declare const handler: (order: Order) => void

it('the order of a link gets what its handler gets', () => {
  const _right = () => {
    linker.on(OrderPlaced, handler, { order: ({ id }) => id })
    linker.on('order.paid', handler, {
      order: (order) => (expectTypeOf(order).toEqualTypeOf<Order>(), order.total),
    })
    linker.on(OrderPlaced, handler, { order: 'serial' })
    class Receipts {
      @on(OrderPlaced, { order: (order) => (expectTypeOf(order).toEqualTypeOf<Order>(), order.id) })
      static send(_: Order): void {}
    }
    return Receipts
  }
  const _wrong = () => {
    // @ts-expect-error - there is no such field
    linker.on(OrderPlaced, handler, { order: ({ customer }) => String(customer) })
    // @ts-expect-error - not a key
    linker.on(OrderPlaced, handler, { order: (order) => order })
    // @ts-expect-error - not an order
    linker.on(OrderPlaced, handler, { order: 'parallel' })
  }
  expectTypeOf<OrderKey>().toEqualTypeOf<string | number | bigint | boolean>()
  expectTypeOf<LinkOptions<Order>>().toExtend<LinkOptions>()
})

it('retry options are optional, and say what they take', () => {
  expectTypeOf<object>().toExtend<RetryOptions>()
  const _wrong = () => {
    // @ts-expect-error - a promise is always true
    linker.on(OrderPlaced, handler, { retry: { retryIf: async () => false } })
    // @ts-expect-error - no such backoff
    linker.on(OrderPlaced, handler, { retry: { backoff: 'linear' } })
  }
  expectTypeOf<HandlerContext['attempt']>().toEqualTypeOf<number>()
})

it('outcomes tell each other apart', () => {
  const _right = (outcome: Outcome<string>) => {
    if (outcome.status === 'dropped') expectTypeOf(outcome.reason).toEqualTypeOf<TaskDroppedError>()
    if (outcome.status === 'fulfilled') expectTypeOf(outcome.value).toEqualTypeOf<string>()
  }
  expectTypeOf<Outcome['status']>().toEqualTypeOf<
    'fulfilled' | 'rejected' | 'cancelled' | 'dropped' | 'handed-over'
  >()
  expectTypeOf<keyof OutcomeCounts>().toEqualTypeOf<
    'total' | 'fulfilled' | 'rejected' | 'cancelled' | 'dropped' | 'handedOver'
  >()
})
