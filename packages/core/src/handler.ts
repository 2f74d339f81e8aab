import { types } from 'node:util'
import { addressKey, formatAddress, moduleUrl, type HandlerAddress, type ModuleReference } from './address.js'
import { HandlerNotPortableError } from './errors.js'
import { eventName, type EventDefinition, type PayloadOf } from './event-definition.js'
import type { HandlerContext } from './handler-context.js'
import { sharedState } from './shared-state.js'

/**
 * A function that is called with each payload of the events it is linked to.
 *
 * @typeParam Payload what the handler takes
 * @typeParam Result what it returns, or what the promise that it returns resolves to
 */
export type Handler<Payload = never, Result = unknown> = (payload: Payload, context: HandlerContext) => Result

/** A handler with the object that it is a method of, and its address where it has one. */
export interface BoundHandler {
  readonly handler: Handler
  readonly receiver: object | undefined
  readonly address: HandlerAddress | undefined
}

interface HandlerRegistry {
  readonly byAddress: Map<string, RegisteredHandler>
  readonly byFunction: WeakMap<Handler, RegisteredHandler>
}

interface RegisteredHandler extends BoundHandler {
  readonly address: HandlerAddress
  /** The synchronous turn in which it was registered: two in one turn are two handlers, not a module evaluated again. */
  readonly turn: object
}

const registry = sharedState<HandlerRegistry>('handlers', () => ({ byAddress: new Map(), byFunction: new WeakMap() }))

let turn: object | undefined

function currentTurn(): object {
  if (turn === undefined) {
    turn = {}
    queueMicrotask(() => (turn = undefined))
  }
  return turn
}

/**
 * Gives a function an address, so that every executor can find it: a fresh realm that imports the module finds it there
 * under the function's name. Call it at the top level of the module that defines the function.
 *
 * @param module the module: `import.meta.url`, or `__filename` in CommonJS
 * @param event an event whose payload the handler takes; it only types the parameter, nothing is linked
 * @param handler a named function
 * @returns the same function
 * @throws {@link HandlerNotPortableError} when the function has no name, is native, bound, a class or a generator, when
 *   `module` is not a file, or when the module has another handler of that name
 * @example
 * ```ts
 * import { z } from 'zod'
 * import { defineEvent, defineHandler } from '@eventlane/core'
 *
 * const OrderPlaced = defineEvent('order.placed', z.object({ id: z.string() }))
 *
 * export const score = defineHandler(import.meta.url, OrderPlaced, function score(order) {
 *   return order.id.length
 * })
 * ```
 */
export function defineHandler<Definition extends EventDefinition, Result>(
  module: ModuleReference,
  event: Definition,
  handler: Handler<PayloadOf<Definition>, Result>,
): Handler<PayloadOf<Definition>, Result>
export function defineHandler<Function extends Handler>(module: ModuleReference, handler: Function): Function
export function defineHandler(
  module: ModuleReference,
  ...rest: readonly [handler: Handler] | readonly [event: EventDefinition, handler: Handler]
): Handler {
  const handler = rest.length === 1 ? rest[0] : rest[1]
  if (rest.length > 1) eventName(rest[0])
  const url = moduleUrl(module)
  if (url === undefined) {
    throw new HandlerNotPortableError(
      'the module of a handler must be a file',
      describeModule(module),
      'pass import.meta.url, or __filename in CommonJS',
    )
  }
  checkPortableFunction(handler, url)
  registerHandler({ handler, receiver: undefined, address: { module: url, name: handler.name } })
  return handler
}

function describeModule(module: unknown): string {
  return `module ${typeof module === 'string' ? JSON.stringify(module) : String(module)}`
}

/**
 * The address of a handler, or `undefined` for a function that was neither defined by {@link defineHandler} nor
 * decorated.
 */
export function addressOf(handler: Handler): HandlerAddress | undefined {
  return registry.byFunction.get(handler)?.address
}

/** A handler as it was registered, or bare where it was not. */
export function boundHandler(handler: Handler): BoundHandler {
  return registry.byFunction.get(handler) ?? { handler, receiver: undefined, address: undefined }
}

/** The handler at an address, where its module has been evaluated in this realm. */
export function handlerAt(address: HandlerAddress): BoundHandler | undefined {
  return registry.byAddress.get(addressKey(address))
}

/** The names under which a module has handlers in this realm. */
export function handlerNames(module: string): string[] {
  return [...registry.byAddress.values()].filter(({ address }) => address.module === module).map(({ address }) => address.name)
}

/** How a handler is called in messages: its address, or what can be said of a local one. */
export function handlerLabel({ handler, address }: BoundHandler): string {
  return address ? formatAddress(address) : `${handler.name || 'anonymous function'} (local)`
}

/**
 * Enters a handler under its address.
 *
 * @throws {@link HandlerNotPortableError} when the address belongs to another function
 */
export function registerHandler(bound: BoundHandler & { readonly address: HandlerAddress }): void {
  const key = addressKey(bound.address)
  const present = registry.byAddress.get(key)
  if (present?.handler === bound.handler) return
  const turn = currentTurn()
  // The same source in another turn is the module evaluated again (a test runner, a reload): it replaces its own.
  if (present && (present.turn === turn || String(present.handler) !== String(bound.handler))) {
    throw new HandlerNotPortableError(
      'two different functions have the same address, so a worker could not tell which one is meant',
      bound.address,
      'give each handler of a module a name of its own, and define handlers at the top level, not in a function that is called repeatedly',
    )
  }
  const registered: RegisteredHandler = { ...bound, turn }
  registry.byAddress.set(key, registered)
  registry.byFunction.set(bound.handler, registered)
}

/**
 * Refuses what no other realm could find by name.
 *
 * @throws {@link HandlerNotPortableError}
 */
export function checkPortableFunction(handler: unknown, where: string): asserts handler is Handler {
  const flaw = portabilityFlaw(handler)
  if (flaw) throw new HandlerNotPortableError(flaw.what, where, flaw.remedy)
}

function portabilityFlaw(handler: unknown): { what: string; remedy: string } | undefined {
  const remedy = 'write a plain named function or a static method'
  if (typeof handler !== 'function') return { what: `a handler must be a function, not ${typeof handler}`, remedy }
  if (types.isGeneratorFunction(handler)) return { what: `${handler.name || 'the handler'} is a generator`, remedy }
  const source = Function.prototype.toString.call(handler)
  if (source.startsWith('class')) return { what: `${handler.name || 'the handler'} is a class`, remedy }
  if (/\{\s*\[native code\]\s*\}$/.test(source)) {
    return {
      what: `${handler.name || 'the handler'} is a bound or native function, which has no module of its own`,
      remedy: `${remedy}; link what must stay here with { local: true }`,
    }
  }
  if (handler.name === '') {
    return { what: 'an anonymous function has no name to be found by', remedy: 'name it: function score(order) { … }' }
  }
  return undefined
}
