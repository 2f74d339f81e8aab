import {
  defineEvent,
  defineHandler,
  EventLinker,
  on,
  payload,
  type ContextFor,
  type EmissionReport,
  type HandlerContext,
  type LinkFilter,
  type PayloadFor,
} from '@eventlane/core'
import { expectTypeOf, it } from 'vitest'

interface Order {
  readonly id: string
  readonly total: number
}
interface Payment {
  readonly order: string
  readonly by: 'card' | 'cash'
}

interface Events {
  'order.paid': Payment
  'order.closed': undefined
}

const OrderPlaced = defineEvent('order.placed', payload<Order>())
const OrderPaid = defineEvent('order.paid', payload<Payment>())
const Tick = defineEvent('tick')
declare const linker: EventLinker<Events>

it('the handler of several events gets the union, and narrows it by context.event', () => {
  const _right = () => {
    linker.on([OrderPlaced, OrderPaid, Tick], (value, context) => {
      expectTypeOf(value).toEqualTypeOf<Order | Payment | void>()
      expectTypeOf(context.event).toEqualTypeOf<'order.placed' | 'order.paid' | 'tick'>()
      if (context.event === 'order.placed') expectTypeOf(context.payload).toEqualTypeOf<Order>()
      if (context.event === 'order.paid') expectTypeOf(context.payload).toEqualTypeOf<Payment>()
      if (context.event === 'tick') expectTypeOf(context.payload).toEqualTypeOf<void>()
      switch (context.event) {
        case 'order.placed':
          return context.payload.total
        case 'order.paid':
          return context.payload.by
        case 'tick':
          return context.emissionId
      }
    })
    linker.on(['order.paid', 'order.closed', OrderPlaced], (_, context) => {
      if (context.event === 'order.paid') expectTypeOf(context.payload).toEqualTypeOf<Payment>()
      if (context.event === 'order.closed') expectTypeOf(context.payload).toEqualTypeOf<undefined>()
      if (context.event === 'order.placed') expectTypeOf(context.payload).toEqualTypeOf<Order>()
    })
    linker.on([OrderPlaced, OrderPaid], (value: Order | Payment, { event }: HandlerContext) => [value, event])
    class Notes {
      @on([OrderPlaced, OrderPaid])
      static take(value: Order | Payment, context: HandlerContext): unknown {
        return [value, context.event]
      }

      @linker.on(['order.paid', OrderPlaced])
      narrow(_: unknown, context: ContextFor<Events, ['order.paid', typeof OrderPlaced]>): unknown {
        return context.event === 'order.paid' ? context.payload.by : context.payload.total
      }
    }
    return Notes
  }
  const _wrong = () => {
    // @ts-expect-error -- one of the events has no such payload
    linker.on([OrderPlaced, OrderPaid], (order: Order) => order)
    // @ts-expect-error -- not an event of the map
    linker.on(['order.payed', 'order.closed'], () => undefined)
    // @ts-expect-error -- not an event
    linker.on([OrderPlaced, 1], () => undefined)
    linker.on([OrderPlaced, OrderPaid], (_, context) => {
      // @ts-expect-error -- not narrowed
      context.payload.total
      // @ts-expect-error -- never one of them
      if (context.event === 'order.lost') return
      if (context.event === 'order.paid') {
        // @ts-expect-error -- an order has it
        context.payload.total
      }
    })
    class Notes {
      // @ts-expect-error -- one of the events has no such payload
      @on([OrderPlaced, OrderPaid])
      static take(order: Order): void {
        order
      }
    }
    return Notes
  }
  expectTypeOf<PayloadFor<Events, ['order.paid', typeof OrderPlaced]>>().toEqualTypeOf<Payment | Order>()
})

it('a context of one event tells its name and payload', () => {
  const _right = () => {
    linker.on(OrderPlaced, (_, context) => {
      expectTypeOf(context).toEqualTypeOf<HandlerContext<'order.placed', Order>>()
    })
    linker.on('order.paid', (_, context) => {
      expectTypeOf(context).toEqualTypeOf<HandlerContext<'order.paid', Payment>>()
    })
  }
  expectTypeOf<HandlerContext<'order.placed', Order>>().toExtend<HandlerContext>()
})

it('a defined handler of several events has its parameters inferred', () => {
  const both = defineHandler(import.meta.url, [OrderPlaced, OrderPaid], function both(value, context) {
    expectTypeOf(value).toEqualTypeOf<Order | Payment>()
    return context.event === 'order.placed' ? context.payload.total : context.payload.by
  })
  const _right = (report: EmissionReport) => {
    linker.on([OrderPlaced, OrderPaid], both)
    linker.on(OrderPlaced, both)
    linker.off(OrderPlaced, both)
    const outcome = report.of(both)
    if (outcome?.status === 'fulfilled') expectTypeOf(outcome.value).toEqualTypeOf<number | 'card' | 'cash'>()
  }
  const _wrong = () => {
    // @ts-expect-error -- it takes no tick
    linker.on([OrderPlaced, OrderPaid, Tick], both)
  }
})

it('the filter of a link gets what its handler gets, and says yes or no', () => {
  const handler = (_: Order): void => undefined
  const _right = () => {
    linker.on(OrderPlaced, handler, { filter: ({ total }) => total > 10 })
    linker.on(OrderPlaced, handler, {
      filter: (order, event) => (expectTypeOf(order).toEqualTypeOf<Order>(), event === 'x'),
    })
    linker.on([OrderPlaced, 'order.paid'], () => undefined, {
      filter: (value) => (expectTypeOf(value).toEqualTypeOf<Order | Payment>(), true),
    })
    class Receipts {
      @on(OrderPlaced, { filter: (order) => (expectTypeOf(order).toEqualTypeOf<Order>(), order.total > 1) })
      static send(_: Order): void {}
    }
    return Receipts
  }
  const _wrong = () => {
    // @ts-expect-error -- there is no such field
    linker.on(OrderPlaced, handler, { filter: ({ customer }) => customer === 'x' })
    // @ts-expect-error -- a promise is always true
    linker.on(OrderPlaced, handler, { filter: async () => Promise.resolve(false) })
    // @ts-expect-error -- neither true nor false
    linker.on(OrderPlaced, handler, { filter: ({ id }) => id })
  }
  expectTypeOf<LinkFilter<Order>>().parameters.toEqualTypeOf<[payload: Order, event: string]>()
})
