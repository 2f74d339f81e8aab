import { callerModule } from '../call-site.js'
import type { DefaultEvents } from '../event/event-definition.js'
import type { ContextFor, EventSelection, PayloadFor } from '../event/event-selector.js'
import { decorateHandler, type DecoratorOptions, type HandlerDecorator } from './handler-decorator.js'
import { EventLinker } from './linker.js'

/**
 * Links the decorated method to an event on {@link EventLinker.default}: a static method when its class is defined, an
 * instance method when an instance is given to `EventLinker.default.bind`. Decorators stack.
 *
 * @param events a definition or a name of {@link DefaultEvents}, or a list of them
 * @param options see {@link DecoratorOptions}
 * @throws HandlerNotPortableError, InvalidLinkError, InvalidOptionError, when the class is defined
 * @example
 * ```ts
 * import { defineEvent, on, payload } from '@eventlane/core'
 *
 * const UserCreated = defineEvent('user.created', payload<{ id: string }>())
 *
 * export class Welcome {
 *   @on(UserCreated)
 *   static send(user: { id: string }): string {
 *     return user.id
 *   }
 * }
 * ```
 */
export function on<const Selection extends EventSelection<DefaultEvents>>(
  events: Selection,
  options: DecoratorOptions<NoInfer<PayloadFor<DefaultEvents, Selection>>> = {},
): HandlerDecorator<PayloadFor<DefaultEvents, Selection>, ContextFor<DefaultEvents, Selection>> {
  return decorateHandler(EventLinker.default, events, options, callerModule(on))
}

/** Like {@link on}, for one task: the link is used up when an `emit` of the event succeeds. */
export function once<const Selection extends EventSelection<DefaultEvents>>(
  events: Selection,
  options: DecoratorOptions<NoInfer<PayloadFor<DefaultEvents, Selection>>> = {},
): HandlerDecorator<PayloadFor<DefaultEvents, Selection>, ContextFor<DefaultEvents, Selection>> {
  return decorateHandler(EventLinker.default, events, { ...options, once: true }, callerModule(once))
}
