import { type } from 'arktype'
import {
  defineEvent,
  EventEmitter,
  EventLinker,
  payload,
  type Emission,
  type Executor,
  type HandlerContext,
} from '@eventlane/core'
import * as v from 'valibot'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'

declare module '@eventlane/core' {
  interface DefaultEvents {
    'types/emit.renamed': { readonly to: string }
    'types/emit.ticked': void
  }
}

interface UserEvents {
  'user.created': { readonly id: string }
  'user.seen': undefined
  'user.noted': string | undefined
}

const Tick = defineEvent('tick')
const OrderPlaced = defineEvent('order.placed', z.object({ id: z.string(), placedAt: z.date() }))
const Timed = defineEvent(
  'timed',
  z.string().transform((text) => new Date(text)),
)
const TimedByValibot = defineEvent(
  'timed.v',
  v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
  ),
)
const TimedByArk = defineEvent('timed.a', type('string.date.parse'))
const UserCreated = defineEvent('user.created', payload<{ readonly id: string }>())
const Anything = defineEvent('anything', payload<any>())
const Either = defineEvent('either', payload<'a' | { readonly b: number }>())
const Perhaps = defineEvent('perhaps', payload<string | undefined>())

declare const executor: Executor
declare const context: HandlerContext

it('emit takes the event and its payload, and gives an emission', () => {
  const _right = (events: EventEmitter) => {
    expectTypeOf(events.emit(Tick)).toEqualTypeOf<Emission>()
    events.emit(Tick, undefined, { timeoutMs: 5 })
    events.emit(OrderPlaced, { id: 'o-1', placedAt: new Date() })
    events.emit(OrderPlaced, { id: 'o-1', placedAt: new Date() }, { signal: new AbortController().signal })
    events.emit(UserCreated, { id: 'u-1' })
    events.emit(Anything, { whatever: [1] })
    events.emit(Either, 'a')
    events.emit(Either, { b: 1 })
    events.emit(Perhaps, 'x')
    events.emit(Perhaps, undefined)
  }
})

it('emit takes the input of a schema that transforms', () => {
  const _right = (events: EventEmitter) => {
    events.emit(Timed, '2020-01-01')
    events.emit(TimedByValibot, '2020-01-01')
    events.emit(TimedByArk, '2020-01-01')
  }
  const _wrong = (events: EventEmitter) => {
    // @ts-expect-error -- a Date is the output
    events.emit(Timed, new Date())
    // @ts-expect-error -- a Date is the output
    events.emit(TimedByValibot, new Date())
    // @ts-expect-error -- a Date is the output
    events.emit(TimedByArk, new Date())
  }
})

it('emit refuses a payload that is missing, wrong, or not wanted', () => {
  const _wrong = (events: EventEmitter) => {
    // @ts-expect-error -- the payload is missing
    events.emit(OrderPlaced)
    // @ts-expect-error -- the payload is missing
    events.emit(UserCreated)
    // @ts-expect-error -- the payload is missing
    events.emit(Anything)
    // @ts-expect-error -- the payload is missing
    events.emit(Either)
    // @ts-expect-error -- a number is no Date
    events.emit(OrderPlaced, { id: 'o-1', placedAt: 1 })
    // @ts-expect-error -- a field is missing
    events.emit(OrderPlaced, { id: 'o-1' })
    // @ts-expect-error -- a field is too many
    events.emit(UserCreated, { id: 'u-1', name: 'Ann' })
    // @ts-expect-error -- neither of the two
    events.emit(Either, 'b')
    // @ts-expect-error -- an event without payload takes none
    events.emit(Tick, 1)
    // @ts-expect-error -- options do not stand in the payload's place
    events.emit(Tick, { timeoutMs: 5 })
    // @ts-expect-error -- an unknown option
    events.emit(Tick, undefined, { timeout: 5 })
    // @ts-expect-error -- a string that names no event
    events.emit('order.placed', { id: 'o-1' })
  }
})

it('executors with names keep them', () => {
  const _right = (isolated: Executor, linker: EventLinker<UserEvents>) => {
    const events = new EventEmitter({ executor, executors: { isolated }, linker })
    expectTypeOf(events).toEqualTypeOf<EventEmitter<UserEvents, 'isolated'>>()
    expectTypeOf(events.executors.isolated).toEqualTypeOf<Executor>()
    expectTypeOf(events).toExtend<EventEmitter<UserEvents>>()
    expectTypeOf(events.executors).not.toHaveProperty('isolatd')
  }
})

it('an event map types names', () => {
  const linker = new EventLinker<UserEvents>()
  const _right = (events: EventEmitter<UserEvents>) => {
    expectTypeOf(new EventEmitter({ executor, linker })).toEqualTypeOf<EventEmitter<UserEvents>>()
    events.emit('user.created', { id: 'u-1' })
    events.emit('user.seen')
    events.emit('user.noted', undefined)
    events.emit(OrderPlaced, { id: 'o-1', placedAt: new Date() })
    linker.on(
      'user.created',
      (user) => {
        expectTypeOf(user).toEqualTypeOf<{ readonly id: string }>()
      },
      { local: true },
    )
    linker.once('user.noted', (note) => {
      expectTypeOf(note).toEqualTypeOf<string | undefined>()
    })
  }
  const _wrong = (events: EventEmitter<UserEvents>) => {
    // @ts-expect-error -- no such name
    events.emit('user.create', { id: 'u-1' })
    // @ts-expect-error -- the payload is missing
    events.emit('user.created')
    // @ts-expect-error -- a number is no string
    events.emit('user.created', { id: 1 })
    // @ts-expect-error -- an event without payload takes none
    events.emit('user.seen', 1)
    // @ts-expect-error -- no such name
    linker.on('user.create', () => undefined)
    // @ts-expect-error -- a number is no user
    linker.on('user.created', (user: number) => user)
    // @ts-expect-error -- no such name
    linker.links('user.create')
    // @ts-expect-error -- no such name
    linker.off('user.create', () => undefined)
  }
})

it('DefaultEvents may be augmented, for the default linker, plain emitters and contexts', () => {
  expectTypeOf(EventLinker.default).toEqualTypeOf<EventLinker>()
  const _right = (events: EventEmitter) => {
    events.emit('types/emit.renamed', { to: 'x' })
    events.emit('types/emit.ticked')
    EventLinker.default.on('types/emit.renamed', (renamed) => {
      expectTypeOf(renamed).toEqualTypeOf<{ readonly to: string }>()
    })
    void context.emit('types/emit.renamed', { to: 'x' })
  }
  const _wrong = (events: EventEmitter) => {
    // @ts-expect-error -- a number is no string
    events.emit('types/emit.renamed', { to: 1 })
    // @ts-expect-error -- no such name
    events.emit('types/emit.rename', { to: 'x' })
    // @ts-expect-error -- a number is no string
    EventLinker.default.on('types/emit.renamed', (renamed: { to: number }) => renamed)
    // @ts-expect-error -- the names of DefaultEvents are not those of a linker with a map of its own
    new EventLinker<UserEvents>().on('types/emit.renamed', () => undefined)
  }
})

it('context.emit says that it may be taken out of the context', () => {
  expectTypeOf<ThisParameterType<HandlerContext['emit']>>().toEqualTypeOf<void>()
})

it('context.emit is typed like emit, and gives a promise', () => {
  const _right = () => {
    expectTypeOf(context.emit(Tick)).toEqualTypeOf<Promise<void>>()
    void context.emit(OrderPlaced, { id: 'o-1', placedAt: new Date() })
    void context.emit(Timed, '2020-01-01')
  }
  const _wrong = () => {
    // @ts-expect-error -- the payload is missing
    void context.emit(OrderPlaced)
    // @ts-expect-error -- a number is no Date
    void context.emit(OrderPlaced, { id: 'o-1', placedAt: 1 })
    // @ts-expect-error -- an event without payload takes none
    void context.emit(Tick, 1)
    // @ts-expect-error -- context.emit takes no options
    void context.emit(UserCreated, { id: 'u-1' }, { timeoutMs: 5 })
    // @ts-expect-error -- no such name
    void context.emit('order.placed', { id: 'o-1' })
  }
})
