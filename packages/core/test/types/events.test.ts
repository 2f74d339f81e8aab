import { type } from 'arktype'
import { defineEvent, payload, type EventDefinition, type InputOf, type PayloadOf } from '@eventlane/core'
import * as v from 'valibot'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'

interface User {
  readonly id: string
}

it('an event keeps its name as a literal', () => {
  expectTypeOf(defineEvent('tick').name).toEqualTypeOf<'tick'>()
  expectTypeOf(defineEvent('user.created', payload<User>()).name).toEqualTypeOf<'user.created'>()
  expectTypeOf(defineEvent('order.placed', z.object({ id: z.string() })).name).toEqualTypeOf<'order.placed'>()
})

it('an event without payload takes none', () => {
  const Tick = defineEvent('tick')
  expectTypeOf(Tick).toEqualTypeOf<EventDefinition<'tick', void>>()
  expectTypeOf<PayloadOf<typeof Tick>>().toEqualTypeOf<void>()
})

it('payload<Type>() gives the payload its type', () => {
  const UserCreated = defineEvent('user.created', payload<User>())
  expectTypeOf(UserCreated).toEqualTypeOf<EventDefinition<'user.created', User>>()
  expectTypeOf<PayloadOf<typeof UserCreated>>().toEqualTypeOf<User>()
  expectTypeOf<InputOf<typeof UserCreated>>().toEqualTypeOf<User>()
})

it('payload types may be unions, optional, any, unknown and never', () => {
  const Union = defineEvent('union', payload<'a' | { readonly b: number }>())
  expectTypeOf(Union).toEqualTypeOf<EventDefinition<'union', 'a' | { readonly b: number }>>()
  expectTypeOf<PayloadOf<typeof Union>>().toEqualTypeOf<'a' | { readonly b: number }>()
  const Optional = defineEvent('optional', payload<string | undefined>())
  expectTypeOf(Optional).toEqualTypeOf<EventDefinition<'optional', string | undefined>>()
  expectTypeOf<PayloadOf<typeof Optional>>().toEqualTypeOf<string | undefined>()
  const Any = defineEvent('any', payload<any>())
  expectTypeOf(Any).toEqualTypeOf<EventDefinition<'any', any>>()
  expectTypeOf<PayloadOf<typeof Any>>().toBeAny()
  const Unknown = defineEvent('unknown', payload<unknown>())
  expectTypeOf(Unknown).toEqualTypeOf<EventDefinition<'unknown'>>()
  expectTypeOf<PayloadOf<typeof Unknown>>().toBeUnknown()
})

it('a zod schema gives input and output', () => {
  const Timed = defineEvent(
    'timed',
    z.object({ at: z.string().transform((text) => new Date(text)), note: z.string().default('') }),
  )
  expectTypeOf(Timed.name).toEqualTypeOf<'timed'>()
  expectTypeOf<InputOf<typeof Timed>>().toEqualTypeOf<{ at: string; note?: string | undefined }>()
  expectTypeOf<PayloadOf<typeof Timed>>().toEqualTypeOf<{ at: Date; note: string }>()
})

it('a valibot schema gives input and output', () => {
  const Timed = defineEvent(
    'timed',
    v.object({
      at: v.pipe(
        v.string(),
        v.transform((text) => new Date(text)),
      ),
      note: v.optional(v.string(), ''),
    }),
  )
  expectTypeOf(Timed.name).toEqualTypeOf<'timed'>()
  expectTypeOf<InputOf<typeof Timed>>().toEqualTypeOf<{ at: string; note?: string | undefined }>()
  expectTypeOf<PayloadOf<typeof Timed>>().toEqualTypeOf<{ at: Date; note: string }>()
})

it('an arktype schema gives input and output', () => {
  const Timed = defineEvent('timed', type({ at: 'string.date.parse', note: 'string = ""' }))
  expectTypeOf(Timed.name).toEqualTypeOf<'timed'>()
  expectTypeOf<InputOf<typeof Timed>>().toEqualTypeOf<{ at: string; note?: string }>()
  expectTypeOf<PayloadOf<typeof Timed>>().toEqualTypeOf<{ at: Date; note: string }>()
})

it('the second argument of defineEvent must be a schema', () => {
  const _wrong = () => {
    // @ts-expect-error -- a plain object is no schema
    defineEvent('wrong', { id: 'string' })
    // @ts-expect-error -- undefined is a circular import
    defineEvent('wrong', undefined)
    // @ts-expect-error -- a name is a string
    defineEvent(1)
    // @ts-expect-error -- there is always a name
    defineEvent()
  }
})
