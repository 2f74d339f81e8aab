import {
  defineEvent,
  EventEmitter,
  EventLinker,
  on,
  payload,
  type Emission,
  type HandlerContext,
  type PayloadOf,
} from '@eventlane/core'
import { expectTypeOf, it } from 'vitest'

class UserCreated {
  constructor(readonly id: string) {}
}
class AdminCreated extends UserCreated {
  readonly rights: readonly string[] = []
}
class PaymentFailed extends Error {
  readonly code = 402
}
abstract class Sealed {
  abstract readonly kind: string
}

const UserCreatedEvent = defineEvent('user.created', UserCreated)
const _PaymentFailedEvent = defineEvent('payment.failed', PaymentFailed)
const OrderPlaced = defineEvent('order.placed', payload<{ total: number }>())
declare const linker: EventLinker
declare const events: EventEmitter
declare const context: HandlerContext

it('a class event keeps its name, and its payload is an instance', () => {
  expectTypeOf(UserCreatedEvent.name).toEqualTypeOf<'user.created'>()
  expectTypeOf<PayloadOf<typeof UserCreatedEvent>>().toEqualTypeOf<UserCreated>()
  expectTypeOf<PayloadOf<typeof _PaymentFailedEvent>>().toEqualTypeOf<PaymentFailed>()
  const _right = () => {
    defineEvent('sealed', Sealed)
    defineEvent('user.created', UserCreated, { module: import.meta.url })
  }
  const _wrong = () => {
    // @ts-expect-error -- no such option
    defineEvent('user.created', UserCreated, { modul: import.meta.url })
    // @ts-expect-error -- an instance is no class
    defineEvent('user.created', new UserCreated('u-1'))
  }
})

it('handlers get the instance; the name may be that of a class that extends it', () => {
  const _right = () => {
    linker.on(UserCreatedEvent, (user, { event, payload: same }) => {
      expectTypeOf(user).toEqualTypeOf<UserCreated>()
      expectTypeOf(event).toEqualTypeOf<string>()
      expectTypeOf(same).toEqualTypeOf<UserCreated>()
    })
    linker.on([UserCreatedEvent, OrderPlaced], (value, { event }) => {
      expectTypeOf(value).toEqualTypeOf<UserCreated | { total: number }>()
      expectTypeOf(event).toEqualTypeOf<string>()
      if (value instanceof UserCreated) return value.id
      return value.total
    })
    class Notes {
      @on(UserCreatedEvent)
      static take(user: UserCreated): string {
        return user.id
      }
    }
    return Notes
  }
  const _wrong = () => {
    // @ts-expect-error -- not every user is an admin
    linker.on(UserCreatedEvent, (admin: AdminCreated) => admin.rights)
  }
})

it('emit takes an instance, or its definition and an instance', () => {
  const _right = () => {
    expectTypeOf(events.emit(new UserCreated('u-1'))).toEqualTypeOf<Emission>()
    events.emit(new AdminCreated('u-1'), { timeoutMs: 5 })
    events.emit(new PaymentFailed('broke'))
    events.emit(UserCreatedEvent, new UserCreated('u-1'))
    events.emit(UserCreatedEvent, new AdminCreated('u-1'), { timeoutMs: 5 })
    void context.emit(new UserCreated('u-1'))
  }
  const _wrong = () => {
    // @ts-expect-error -- there is no such option
    events.emit(new UserCreated('u-1'), { timeout: 5 })
    // @ts-expect-error -- the payload is missing
    events.emit(UserCreatedEvent)
    // @ts-expect-error -- the payload is missing
    events.emit(OrderPlaced)
    // @ts-expect-error -- a class is no instance
    events.emit(UserCreated)
    // @ts-expect-error -- a function is no instance
    events.emit(() => undefined)
    // @ts-expect-error -- a promise is no instance
    events.emit(Promise.resolve(new UserCreated('u-1')))
    // @ts-expect-error -- not an instance
    events.emit(UserCreatedEvent, 'u-1')
    // @ts-expect-error -- undefined is no event
    events.emit(undefined)
    // @ts-expect-error -- a number is no event
    events.emit(5)
    // @ts-expect-error -- not a name of the event map
    events.emit('user.create')
  }
})
