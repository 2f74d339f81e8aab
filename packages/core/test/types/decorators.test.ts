import {
  defineEvent,
  EventLinker,
  on,
  once,
  payload,
  type HandlerContext,
  type PayloadOf,
} from '@eventlane/core'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'

const Tick = defineEvent('tick')
const OrderPlaced = defineEvent('order.placed', z.object({ id: z.string(), total: z.bigint() }))
const Timed = defineEvent(
  'timed',
  z.string().transform((text) => new Date(text)),
)
const Anything = defineEvent('anything', payload<any>())

interface Order {
  readonly id: string
  readonly total: bigint
}

declare const linker: EventLinker
declare const mapped: EventLinker<{ 'user.created': { readonly id: string } }>

it('decorators take static and instance methods of the event’s payload, or of less', () => {
  const _right = () => {
    class Receipts {
      @on(OrderPlaced)
      static async send(order: PayloadOf<typeof OrderPlaced>, { signal }: HandlerContext): Promise<boolean> {
        return Promise.resolve(signal.aborted || order.id === '')
      }
      @once(OrderPlaced, { timeoutMs: 5 })
      static first(order: { readonly id: string }): string {
        return order.id
      }
      @linker.on(OrderPlaced)
      @linker.once(Tick)
      static nothing(): void {}
      @on(Timed)
      note(at: Date): string {
        return `${this.sender} ${at.toISOString()}`
      }
      @on(Anything)
      any(value: number): number {
        return value
      }
      @linker.on(Tick, { module: import.meta.url })
      tick(): void {}
      @mapped.on('user.created')
      greet(user: { readonly id: string }): string {
        return user.id
      }
      sender = 'us'
    }
    expectTypeOf(Receipts.send).toEqualTypeOf<
      (order: PayloadOf<typeof OrderPlaced>, context: HandlerContext) => Promise<boolean>
    >()
    expectTypeOf(new Receipts().tick).toEqualTypeOf<() => void>()
    expectTypeOf(Receipts.first).parameters.toEqualTypeOf<[{ readonly id: string }]>()
  }
})

it('decorators refuse methods of another payload', () => {
  const _wrong = () => {
    class Wrong {
      // @ts-expect-error -- an order is no number
      @on(OrderPlaced)
      static ofNumber(order: number): number {
        return order
      }
      // @ts-expect-error -- the total is a bigint
      @once(OrderPlaced)
      static ofTotal(order: { total: number }): number {
        return order.total
      }
      // @ts-expect-error -- an order is no number
      @linker.on(OrderPlaced)
      instance(order: number): number {
        return order
      }
      // @ts-expect-error -- handlers get the output, a Date
      @linker.once(Timed)
      input(at: string): string {
        return at
      }
      // @ts-expect-error -- an event without payload gives none
      @on(Tick)
      tick(order: Order): Order {
        return order
      }
      // @ts-expect-error -- the second parameter is the context
      @on(OrderPlaced)
      more(order: Order, more: number): unknown {
        return [order, more]
      }
      // @ts-expect-error -- no such name
      @mapped.on('user.create')
      name(): void {}
      // @ts-expect-error -- a number is no user
      @mapped.on('user.created')
      user(user: number): number {
        return user
      }
      // @ts-expect-error -- an unknown option
      @on(Tick, { locl: true })
      option(): void {}
    }
    return Wrong
  }
})

it('decorators refuse what is no method', () => {
  const _wrong = () => {
    class Wrong {
      // @ts-expect-error -- a field
      @on(Tick)
      field = () => undefined
      // @ts-expect-error -- a getter
      @on(Tick)
      get getter() {
        return () => undefined
      }
      // @ts-expect-error -- an accessor
      @on(Tick)
      accessor accessed = () => undefined
    }
    // @ts-expect-error -- a class
    @on(Tick)
    class Whole {}
    return [Wrong, Whole]
  }
})
