import {
  defineEvent,
  defineHandler,
  EventEmitter,
  EventLinker,
  payload,
  type EmissionReport,
  type Executor,
  type Handler,
  type HandlerContext,
  type Link,
  type Outcome,
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
const Either = defineEvent('either', payload<'a' | { readonly b: number }>())
const Perhaps = defineEvent('perhaps', payload<string | undefined>())

interface Order {
  readonly id: string
  readonly total: bigint
}

declare const linker: EventLinker
declare const report: EmissionReport
declare const executor: Executor

it('linker.on infers what its handler takes', () => {
  const _right = () => {
    expectTypeOf(linker.on(Tick, () => undefined)).toEqualTypeOf<Link>()
    linker.on(OrderPlaced, (order, context) => {
      expectTypeOf(order).toEqualTypeOf<{ id: string; total: bigint }>()
      expectTypeOf(context).toEqualTypeOf<HandlerContext<'order.placed', { id: string; total: bigint }>>()
    })
    linker.on(Timed, (at) => {
      expectTypeOf(at).toEqualTypeOf<Date>()
    })
    linker.on(Anything, (value) => {
      expectTypeOf(value).toBeAny()
    })
    linker.on(Either, (value) => {
      expectTypeOf(value).toEqualTypeOf<'a' | { readonly b: number }>()
    })
    linker.on(Perhaps, (value) => {
      expectTypeOf(value).toEqualTypeOf<string | undefined>()
    })
    linker.on(Tick, (nothing) => {
      expectTypeOf(nothing).toEqualTypeOf<void>()
    })
    linker.once(OrderPlaced, async (order) => Promise.resolve(order.id), { local: true, timeoutMs: 5 })
  }
})

it('linker.on takes a handler of less, or of more than the event gives', () => {
  const _right = () => {
    linker.on(OrderPlaced, () => undefined)
    linker.on(OrderPlaced, (order: { readonly id: string }) => order.id)
    linker.on(OrderPlaced, (order: unknown) => order)
    linker.on(Timed, (at: Date | string) => at)
    linker.off(OrderPlaced, (order: { readonly id: string }) => order.id)
  }
})

it('linker.on refuses a handler of something else, and wrong options', () => {
  const _wrong = () => {
    // @ts-expect-error -- an order is no number
    linker.on(OrderPlaced, (order: number) => order)
    // @ts-expect-error -- the total is a bigint
    linker.on(OrderPlaced, (order: { total: number }) => order)
    // @ts-expect-error -- handlers get the output, a Date
    linker.on(Timed, (at: string) => at)
    // @ts-expect-error -- only one of the two
    linker.on(Either, (value: 'a') => value)
    // @ts-expect-error -- it may be undefined
    linker.on(Perhaps, (value: string) => value)
    // @ts-expect-error -- an event without payload gives none
    linker.on(Tick, (value: string) => value)
    // @ts-expect-error -- a handler gets a payload and a context
    linker.on(OrderPlaced, (order: Order, context: HandlerContext, more: number) => [order, context, more])
    // @ts-expect-error -- an unknown option
    linker.on(OrderPlaced, () => undefined, { locl: true })
    // @ts-expect-error -- an option of the wrong type
    linker.on(OrderPlaced, () => undefined, { timeoutMs: '5' })
    // @ts-expect-error -- no handler
    linker.on(OrderPlaced, 1)
    // @ts-expect-error -- an order is no number
    linker.once(OrderPlaced, (order: number) => order)
    // @ts-expect-error -- an order is no number
    linker.off(OrderPlaced, (order: number) => order)
    // @ts-expect-error -- no event
    linker.on({ name: 'order.placed' }, () => undefined)
  }
})

it('defineHandler gives back the type of the function', () => {
  const _right = () => {
    const score = defineHandler(import.meta.url, function score(order: Order) {
      return Number(order.total)
    })
    expectTypeOf(score).toEqualTypeOf<(order: Order) => number>()
    linker.on(OrderPlaced, score)

    const later = defineHandler(
      import.meta.url,
      async function later(_order: Order, { signal }: HandlerContext) {
        return Promise.resolve(signal.aborted)
      },
    )
    expectTypeOf(later).toEqualTypeOf<(order: Order, context: HandlerContext) => Promise<boolean>>()

    const nothing = defineHandler(import.meta.url, function nothing() {})
    linker.on(OrderPlaced, nothing)
    linker.on(Tick, nothing)
  }
})

it('defineHandler with an event infers what the handler takes', () => {
  const _right = () => {
    const score = defineHandler(import.meta.url, OrderPlaced, function score(order, context) {
      expectTypeOf(order).toEqualTypeOf<{ id: string; total: bigint }>()
      expectTypeOf(context).toEqualTypeOf<HandlerContext>()
      return order.id.length
    })
    expectTypeOf(score).toEqualTypeOf<Handler<{ id: string; total: bigint }, number>>()
    linker.on(OrderPlaced, score)
    defineHandler(import.meta.url, Timed, function at(at) {
      expectTypeOf(at).toEqualTypeOf<Date>()
    })
  }
})

it('defineHandler keeps generic handlers generic', () => {
  const _right = () => {
    const first = defineHandler(import.meta.url, function first<Item>(items: readonly Item[]):
      Item | undefined {
      return items[0]
    })
    expectTypeOf(first([1])).toEqualTypeOf<number | undefined>()
    linker.on(defineEvent('listed', payload<string[]>()), first)
  }
})

it('defineHandler refuses unannotated parameters, wrong payloads and what is no function', () => {
  const _wrong = () => {
    defineHandler(import.meta.url, function score(order) {
      // @ts-expect-error -- the parameter is of no use without a type, or the event as second argument
      return order.id
    })
    // @ts-expect-error -- an order is no number
    defineHandler(import.meta.url, OrderPlaced, function score(order: number) {
      return order
    })
    // @ts-expect-error -- no function
    defineHandler(import.meta.url, 'score')
    // @ts-expect-error -- a second parameter is the context
    defineHandler(import.meta.url, function score(order: Order, more: number) {
      return [order, more]
    })
    // @ts-expect-error -- the module is missing
    defineHandler(function score() {})
    linker.on(
      Tick,
      // @ts-expect-error -- an event without payload gives no order
      defineHandler(import.meta.url, function score(order: Order) {
        return order
      }),
    )
  }
})

it('report.of gives the outcome with what the handler resolves to', () => {
  const sync = (order: Order) => order.id
  const later = async (_order: Order, _context: HandlerContext) => Promise.resolve(1)
  const nothing = () => {}
  const either = (order: Order) => (order.id ? Promise.resolve(1) : 'none')
  const _right = () => {
    expectTypeOf(report.of(sync)).toEqualTypeOf<Outcome<string> | undefined>()
    expectTypeOf(report.of(later)).toEqualTypeOf<Outcome<number> | undefined>()
    expectTypeOf(report.of(nothing)).toEqualTypeOf<Outcome<void> | undefined>()
    expectTypeOf(report.of(either)).toEqualTypeOf<Outcome<number | 'none'> | undefined>()
    const outcome = report.of(later)
    if (outcome?.status === 'fulfilled') expectTypeOf(outcome.value).toEqualTypeOf<number>()
    if (outcome?.status === 'rejected') expectTypeOf(outcome.error).toBeUnknown()
    if (outcome?.status === 'cancelled') expectTypeOf(outcome.reason).toBeUnknown()
  }
})

it('awaiting an emission gives the report', () => {
  const _right = async (events: EventEmitter) => {
    expectTypeOf(await events.emit(Tick)).toEqualTypeOf<EmissionReport>()
    expectTypeOf(await events.emit(Tick).settled).toEqualTypeOf<EmissionReport>()
  }
})

it('callbacks take an unknown value or error and a settlement', () => {
  const _right = () => {
    linker.on(OrderPlaced, () => 1, {
      local: true,
      onSuccess: (value, { event, emissionId, handler, payload }) => {
        expectTypeOf(value).toBeUnknown()
        expectTypeOf(payload).toBeUnknown()
        expectTypeOf([event, emissionId, handler]).toEqualTypeOf<string[]>()
      },
      onFailure: (error) => {
        expectTypeOf(error).toBeUnknown()
      },
    })
    new EventLinker({ onFailure: (error, { handler }) => [error, handler] })
    new EventEmitter({ executor, linker, onSuccess: () => undefined })
  }
  const _wrong = () => {
    // @ts-expect-error -- errors are unknown until they are looked at
    linker.on(Tick, () => 1, { onFailure: (error: Error) => error.message })
    // @ts-expect-error -- values are unknown until they are looked at
    linker.on(Tick, () => 1, { onSuccess: (value: number) => value })
    // @ts-expect-error -- an unknown option
    new EventLinker({ onfailure: () => undefined })
    // @ts-expect-error -- the executor is missing
    new EventEmitter({ linker })
    // @ts-expect-error -- one of two words
    new EventEmitter({ executor, onUnhandledFailure: 'ignore' })
  }
})
