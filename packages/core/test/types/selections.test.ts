import {
  anyEvent,
  defineEvent,
  defineHandler,
  EventLinker,
  on,
  payload,
  type Binding,
  type ContextFor,
  type EmissionReport,
  type EventEmitter,
  type HandlerContext,
  type Link,
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
      const { total: _total } = context.payload
      // @ts-expect-error -- never one of them
      if (context.event === 'order.lost') return
      if (context.event === 'order.paid') {
        // @ts-expect-error -- an order has it
        const { total: _none } = context.payload
      }
    })
    class Notes {
      // @ts-expect-error -- one of the events has no such payload
      @on([OrderPlaced, OrderPaid])
      static take(order: Order): string {
        return order.id
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

it('a namespace gets the union of the matching names of the event map, and any event that of all', () => {
  interface Mapped {
    'order.paid': Payment
    'order.paid.late': { readonly days: number }
    'order.closed': undefined
    'user.seen': string
  }
  const mapped = new EventLinker<Mapped>()
  const _right = () => {
    mapped.on('order.*', (value, context) => {
      expectTypeOf(value).toEqualTypeOf<Payment | undefined>()
      expectTypeOf(context.event).toEqualTypeOf<'order.paid' | 'order.closed'>()
      if (context.event === 'order.paid') expectTypeOf(context.payload).toEqualTypeOf<Payment>()
    })
    mapped.on('order.**', (value, context) => {
      expectTypeOf(value).toEqualTypeOf<Payment | undefined | { readonly days: number }>()
      if (context.event === 'order.paid.late') expectTypeOf(context.payload.days).toEqualTypeOf<number>()
    })
    mapped.on('order.paid.*', (value) => expectTypeOf(value).toEqualTypeOf<{ readonly days: number }>())
    mapped.on(anyEvent, (value, context) => {
      expectTypeOf(value).toEqualTypeOf<Mapped[keyof Mapped]>()
      expectTypeOf(context.event).toEqualTypeOf<keyof Mapped>()
      if (context.event === 'user.seen') expectTypeOf(context.payload).toEqualTypeOf<string>()
    })
    mapped.on(['user.seen', 'order.paid.*', Tick], (value) =>
      expectTypeOf(value).toEqualTypeOf<string | { readonly days: number } | void>(),
    )
    mapped.on('order.*', () => undefined, {
      filter: (value) => (expectTypeOf(value).toEqualTypeOf<Payment | undefined>(), true),
    })
    expectTypeOf(mapped.links('order.*')).toEqualTypeOf<Link[]>()
    mapped.clear('order.*')
    mapped.has(anyEvent)
    const unmapped = new EventLinker<object>()
    unmapped.on('order.*', (value, context) => {
      expectTypeOf(value).toEqualTypeOf<unknown>()
      expectTypeOf(context).toEqualTypeOf<HandlerContext>()
    })
    unmapped.on(anyEvent, (value) => expectTypeOf(value).toEqualTypeOf<unknown>())
  }
  const _wrong = (events: EventEmitter<Mapped>) => {
    // @ts-expect-error -- a misspelt namespace matches nothing, so nothing is known of its payloads
    mapped.on('ordr.*', (value) => value.by)
    // @ts-expect-error -- not all of them have it
    mapped.on('order.*', (value) => value.by)
    // @ts-expect-error -- the one event of the namespace has another payload
    mapped.on('user.*', (value: number) => value)
    // @ts-expect-error -- neither a name nor a namespace
    mapped.on('order*', () => undefined)
    // @ts-expect-error -- a namespace cannot be emitted
    events.emit('order.*', undefined)
    // @ts-expect-error -- any event cannot be emitted
    events.emit(anyEvent, undefined)
  }
})

it('the tuples of linker.link are inferred as the arguments of linker.on', () => {
  const _right = () => {
    const binding = linker.link(
      [
        OrderPlaced,
        (order) => expectTypeOf(order).toEqualTypeOf<Order>(),
        { filter: ({ total }) => total > 1 },
      ],
      ['order.paid', (paid, context) => [paid.by, context.payload.by]],
      [
        [OrderPlaced, Tick],
        (_, context) => (context.event === 'order.placed' ? context.payload.total : context.emissionId),
        { once: true },
      ],
      [Tick, () => undefined],
    )
    expectTypeOf(binding).toEqualTypeOf<Binding>()
    expectTypeOf(binding.links).toEqualTypeOf<readonly Link[]>()
  }
  const _wrong = () => {
    // @ts-expect-error -- an order is no number
    linker.link([Tick, () => undefined], [OrderPlaced, (order: number) => order])
    // @ts-expect-error -- no such option
    linker.link([OrderPlaced, () => undefined, { locl: true }])
    // @ts-expect-error -- no handler
    linker.link([OrderPlaced])
  }
})

it('next and stream give payloads, and occurrences that event narrows where there may be several', () => {
  const _right = async () => {
    expectTypeOf(linker.next(OrderPlaced, { filter: ({ total }) => total > 1 })).toEqualTypeOf<
      Promise<Order>
    >()
    expectTypeOf(linker.next('order.paid')).toEqualTypeOf<Promise<Payment>>()
    expectTypeOf(linker.next(Tick)).toEqualTypeOf<Promise<void>>()
    const occurrence = await linker.next([OrderPlaced, 'order.paid'])
    if (occurrence.event === 'order.paid') expectTypeOf(occurrence.payload).toEqualTypeOf<Payment>()
    else expectTypeOf(occurrence).toEqualTypeOf<{ readonly event: 'order.placed'; readonly payload: Order }>()
    for await (const order of linker.stream(OrderPlaced, { highWaterMark: 5 }))
      expectTypeOf(order).toEqualTypeOf<Order>()
    for await (const { event, payload: value } of linker.stream('order.*'))
      if (event === 'order.paid') expectTypeOf(value).toEqualTypeOf<Payment>()
    expectTypeOf(linker.stream(Tick)).toExtend<AsyncIterable<void>>()
  }
  const _wrong = () => {
    // @ts-expect-error -- there is no such field
    void linker.next(OrderPlaced, { filter: ({ customer }) => customer === 'x' })
    // @ts-expect-error -- no such option
    linker.stream(OrderPlaced, { limit: 5 })
    // @ts-expect-error -- not an event of the map
    linker.stream('order.payed')
  }
})
