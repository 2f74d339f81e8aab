import { types } from 'node:util'
import {
  addressKey,
  formatAddress,
  moduleUrl,
  type HandlerAddress,
  type ModuleReference,
} from '../address.js'
import { HandlerNotPortableError } from '../errors/errors.js'
import type { EventDefinition } from '../event/event-definition.js'
import { eventKeys, type ContextFor, type PayloadFor } from '../event/event-selector.js'
import type { HandlerContext } from './handler-context.js'
import { noteEvents, type DefinedInput } from './handler-events.js'
import { sharedState } from '../shared-state.js'
import { showValue } from '../errors/thrown.js'
import { currentTurn } from '../turn.js'

/**
 * A function that is called with each payload of the events it is linked to.
 *
 * @typeParam Payload what the handler takes
 * @typeParam Result what it returns, or what the promise that it returns resolves to
 * @typeParam Context what it takes as its second argument
 */
export type Handler<Payload = never, Result = unknown, Context = HandlerContext> = (
  payload: Payload,
  context: Context,
) => Result

/**
 * A handler of whatever events. A method type, whose parameters are compared both ways: a handler of several events takes the
 * contexts of these only.
 */
export type AnyHandler<Result = unknown> = {
  handle(payload: never, context: HandlerContext): Result
}['handle']

/** A handler with the object that it is a method of, and its address where it has one. */
export interface BoundHandler {
  /** The function. */
  readonly handler: Handler
  /** What is `this` in it: the class, of a static method. */
  readonly receiver: object | undefined
  /** Where any realm finds it; `undefined` for one that only a local link can run. */
  readonly address: HandlerAddress | undefined
  /** Its address in words, of a handler whose {@link address} must not be read before its class is complete. */
  readonly label?: string
}

interface RegisteredHandler {
  readonly bound: BoundHandler
  /** The synchronous turn in which it was registered: two in one turn are two handlers, not a module evaluated again. */
  readonly turn: object
}

interface HandlerRegistry {
  readonly byAddress: Map<string, RegisteredHandler>
  readonly byFunction: WeakMap<Handler, BoundHandler>
  /** Decorated methods whose class may not have its final name yet. */
  readonly unnamed: Set<StaticMethodHandler>
}

const registry = sharedState<HandlerRegistry>('handlers', () => ({
  byAddress: new Map(),
  byFunction: new WeakMap(),
  unnamed: new Set(),
}))

/** A handler that is defined with one event may be linked to others of the same payload; one of several tells them apart. */
type DefinedContext<Definitions> = Definitions extends readonly unknown[]
  ? ContextFor<object, Definitions>
  : HandlerContext

/**
 * Gives a function an address, so that every executor can find it: a fresh realm that imports the module finds it there
 * under the function's name. Call it at the top level of the module that defines the function.
 *
 * @param module the module: `import.meta.url`, or `__filename` in CommonJS
 * @param events an event whose payload the handler takes, or a list of events; it types the parameters, and tells what a payload
 *   is validated by where the handler is run without an event; nothing is linked
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
export function defineHandler<const Definitions extends EventDefinition | readonly EventDefinition[], Result>(
  module: ModuleReference,
  events: Definitions,
  handler: Handler<NoInfer<PayloadFor<object, Definitions>>, Result, NoInfer<DefinedContext<Definitions>>>,
): Handler<PayloadFor<object, Definitions>, Result, DefinedContext<Definitions>> & DefinedInput<Definitions>
export function defineHandler<Function extends AnyHandler>(
  module: ModuleReference,
  handler: Function,
): Function
export function defineHandler(module: ModuleReference, ...rest: readonly unknown[]): Handler {
  const handler = rest.length === 1 ? rest[0] : rest[1]
  if (rest.length > 1) eventKeys(rest[0])
  const url = moduleUrl(module)
  if (url === undefined) {
    throw new HandlerNotPortableError(
      'the module of a handler must be a file',
      describeModule(module),
      'pass import.meta.url, or __filename in CommonJS; a program that is bundled into CommonJS has __filename only',
    )
  }
  checkPortableFunction(handler, url)
  register({ handler, receiver: undefined, address: { module: url, name: handler.name } }, currentTurn())
  if (rest.length > 1) noteEvents(handler, rest[0])
  return handler
}

function describeModule(module: unknown): string {
  return `module ${typeof module === 'string' ? JSON.stringify(module) : showValue(module)}`
}

/**
 * A decorated static method as a handler. Decorators run while the class is being made: other decorators may still wrap
 * the method, and some compilers name the class only afterwards (esbuild with keepNames, which tsx uses), so both are read
 * when they are needed.
 */
export class StaticMethodHandler implements BoundHandler {
  readonly receiver: object
  readonly #module: string
  readonly #key: string
  readonly #turn = currentTurn()
  #address: HandlerAddress | undefined
  #conflict: HandlerNotPortableError | undefined

  constructor(module: string, receiver: object, key: string) {
    this.receiver = receiver
    this.#module = module
    this.#key = key
    registry.unnamed.add(this)
  }

  get handler(): Handler {
    return (this.receiver as Record<string, Handler>)[this.#key] as Handler
  }

  /** @throws {@link HandlerNotPortableError} when another function has the same address */
  get address(): HandlerAddress {
    nameMethods()
    if (this.#conflict) throw this.#conflict
    return this.#address ?? this.#currentAddress()
  }

  get label(): string {
    return formatAddress(this.#address ?? this.#currentAddress())
  }

  /** Takes the class's name for final. */
  takeName(): void {
    this.#address = this.#currentAddress()
    try {
      register({ handler: this.handler, receiver: this.receiver, address: this.#address }, this.#turn, this)
    } catch (error) {
      if (!(error instanceof HandlerNotPortableError)) throw error
      this.#conflict = error
    }
  }

  #currentAddress(): HandlerAddress {
    return { module: this.#module, name: `${(this.receiver as { readonly name: string }).name}.${this.#key}` }
  }
}

/** Whether a handler can be found from another realm. Unlike reading its address, it can be asked at any time. */
export function isAddressable(bound: BoundHandler): boolean {
  // Not by `instanceof`: the handler may come from another copy of this package.
  return bound.label !== undefined || bound.address !== undefined
}

function nameMethods(): void {
  if (registry.unnamed.size === 0) return
  const unnamed = [...registry.unnamed]
  registry.unnamed.clear()
  for (const method of unnamed) method.takeName()
}

/**
 * The address of a handler, or `undefined` for a function that was neither defined by {@link defineHandler} nor
 * decorated.
 */
export function addressOf(handler: AnyHandler): HandlerAddress | undefined {
  return boundHandler(handler).address
}

/** A handler as it was registered, or bare where it was not. */
export function boundHandler(handler: Handler): BoundHandler {
  nameMethods()
  return registry.byFunction.get(handler) ?? { handler, receiver: undefined, address: undefined }
}

/**
 * The handler at an address, where its module has been evaluated in this realm.
 *
 * Where there is none of exactly that name, one whose name a compiler may have changed is taken, if it is the only one:
 * without keepNames, esbuild turns `const score = defineHandler(…, function score() {})` into `score2` and a class that
 * mentions itself into `_Receipts`, so that a test runner's main realm and the worker can differ.
 */
export function handlerAt(address: HandlerAddress): BoundHandler | undefined {
  nameMethods()
  const exact = registry.byAddress.get(addressKey(address))
  if (exact !== undefined) return exact.bound
  const name = originalName(address.name)
  const similar = handlersOf(address.module).filter((bound) => {
    const candidate = bound.address?.name ?? ''
    return candidate === name || originalName(candidate) === address.name
  })
  return similar.length === 1 ? similar[0] : undefined
}

function originalName(name: string): string {
  return name.replace(/^_+/, '').replace(/\d+(?=\.|$)/g, '')
}

function handlersOf(module: string): BoundHandler[] {
  nameMethods()
  return [...registry.byAddress.values()].flatMap(({ bound }) =>
    bound.address?.module === module ? [bound] : [],
  )
}

/** The names under which a module has handlers in this realm. */
export function handlerNames(module: string): string[] {
  return handlersOf(module).flatMap(({ address }) => address?.name ?? [])
}

/** How a handler is called in messages: its address, or what can be said of a local one. */
export function handlerLabel(bound: BoundHandler): string {
  if (bound.label !== undefined) return bound.label
  return bound.address
    ? formatAddress(bound.address)
    : `${bound.handler.name || 'anonymous function'} (local)`
}

/**
 * Enters a handler under its address.
 *
 * @throws {@link HandlerNotPortableError} when the address belongs to another function
 */
function register(
  found: BoundHandler & { readonly address: HandlerAddress },
  turn: object,
  bound: BoundHandler = found,
): void {
  const key = addressKey(found.address)
  const present = registry.byAddress.get(key)
  if (present?.bound.handler === found.handler) return
  // The same source in another turn is the module evaluated again (a test runner, a reload): it replaces its own.
  if (present && (present.turn === turn || String(present.bound.handler) !== String(found.handler))) {
    throw new HandlerNotPortableError(
      'two different functions have the same address, so a worker could not tell which one is meant',
      found.address,
      'give each handler of a module a name of its own, and each of all the modules that a bundler makes one of; define handlers at the top level, not in a function that is called repeatedly',
    )
  }
  registry.byAddress.set(key, { bound, turn })
  registry.byFunction.set(found.handler, bound)
}

interface Flaw {
  readonly what: string
  readonly remedy: string
}

/**
 * Refuses what cannot be a handler in any realm: it would throw when called, or its body would not run.
 *
 * @throws {@link HandlerNotPortableError}
 */
export function checkFunction(handler: unknown, where: string): asserts handler is Handler {
  const flaw = functionFlaw(handler)
  if (flaw) throw new HandlerNotPortableError(flaw.what, where, flaw.remedy)
}

/**
 * Refuses what no other realm could find by name.
 *
 * @throws {@link HandlerNotPortableError}
 */
export function checkPortableFunction(handler: unknown, where: string): asserts handler is Handler {
  const flaw = functionFlaw(handler) ?? nameFlaw(handler as Handler)
  if (flaw) throw new HandlerNotPortableError(flaw.what, where, flaw.remedy)
}

const REMEDY = 'write a plain named function or a static method'

function functionFlaw(handler: unknown): Flaw | undefined {
  if (typeof handler !== 'function') {
    return {
      what: `a handler must be a function, not ${handler === null ? 'null' : typeof handler}`,
      remedy: REMEDY,
    }
  }
  const name = nameOf(handler) || 'the handler'
  if (types.isGeneratorFunction(handler)) return { what: `${name} is a generator`, remedy: REMEDY }
  // Of all functions, only a class has a prototype that cannot be replaced.
  const prototype = Object.getOwnPropertyDescriptor(handler, 'prototype')
  if (prototype?.writable === false) return { what: `${name} is a class`, remedy: REMEDY }
  return undefined
}

function nameFlaw(handler: Handler): Flaw | undefined {
  const name = nameOf(handler)
  if (/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(handler))) {
    return {
      what: `${name || 'the handler'} is a bound or native function, which has no module of its own`,
      remedy: `${REMEDY}; link what must stay here with { local: true }`,
    }
  }
  if (name === '') {
    return {
      what: 'an anonymous function has no name to be found by',
      remedy:
        'name it: function score(order) { … }; a program that is minified has to keep names (esbuild: keepNames; terser: keep_fnames)',
    }
  }
  return undefined
}

function nameOf(handler: { readonly name: unknown }): string {
  return typeof handler.name === 'string' ? handler.name : ''
}
