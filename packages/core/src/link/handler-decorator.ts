import { moduleUrl, type ModuleReference } from '../address.js'
import { HandlerNotPortableError, InvalidLinkError } from '../errors/errors.js'
import { describeEvents, eventKeys } from '../event/event-selector.js'
import { checkFunction, StaticMethodHandler, type BoundHandler, type Handler } from '../handler/handler.js'
import type { HandlerContext } from '../handler/handler-context.js'
import { checkLinkOptions, type LinkOptions } from './link.js'
import { sharedState } from '../shared-state.js'

/**
 * Options of the decorator forms of `on` and `once`.
 *
 * @typeParam Payload what handlers of the event get
 */
export interface DecoratorOptions<Payload = never> extends LinkOptions<Payload> {
  /** The module of the class, where its call site cannot tell it: `import.meta.url`, or `__filename` in CommonJS. */
  readonly module?: ModuleReference
}

/**
 * Decorates static and instance methods, by the standard and under `experimentalDecorators`; checks their parameter.
 *
 * @typeParam Payload what the method takes
 * @typeParam Context what it takes as its second argument
 */
export interface HandlerDecorator<Payload, Context = HandlerContext> {
  <This, Method extends (this: This, payload: Payload, context: Context) => unknown>(
    method: Method,
    context: ClassMethodDecoratorContext<This, Method>,
  ): void
  <Method extends (payload: Payload, context: Context) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void
}

/** As much of a linker as decorators need. */
interface HandlerLinker {
  subscribe(events: unknown, bound: BoundHandler, options: LinkOptions): unknown
}

/** An instance method that was decorated and waits for `bind`. */
export interface RecordedMethod {
  readonly linker: object
  readonly events: unknown
  readonly key: string | symbol
  readonly options: LinkOptions
}

/** By instance where the decorator is a standard one, by prototype under `experimentalDecorators`. */
const recorded = sharedState('recorded-methods', () => new WeakMap<object, RecordedMethod[]>())

function record(holder: object, method: RecordedMethod): void {
  const methods = recorded.get(holder)
  if (methods) methods.push(method)
  else recorded.set(holder, [method])
}

/** The decorated methods of an object, those of base classes first. */
export function recordedMethods(instance: unknown): RecordedMethod[] {
  const methods: RecordedMethod[] = []
  let holder = Object(instance) as object | null
  while (holder !== null) {
    methods.unshift(...(recorded.get(holder) ?? []))
    holder = Object.getPrototypeOf(holder) as object | null
  }
  return methods
}

/** The decorator that links a method of `callerModule`, the module of the class. */
export function decorateHandler(
  linker: HandlerLinker,
  events: unknown,
  { module, ...options }: DecoratorOptions,
  callerModule: string | undefined,
): HandlerDecorator<never> {
  const where = describeEvents(eventKeys(events))
  checkLinkOptions(options, () => where)
  const url = module === undefined ? callerModule : moduleUrl(module)

  const linkStatic = (owner: object, key: string | symbol): void => {
    if (url === undefined && options.local) {
      const handler = (owner as Record<typeof key, Handler>)[key] as Handler
      linker.subscribe(events, { handler, receiver: owner, address: undefined }, options)
    } else {
      linker.subscribe(events, staticMethod(checkModule(url, key), owner, key), options)
    }
  }

  const refuse = (what: string, member: unknown): never => {
    throw new InvalidLinkError(
      `a handler must be a public method, not ${what}`,
      `${where}, member ${String(member)}`,
      'decorate a public method that calls it',
    )
  }

  return (target: unknown, member: unknown, descriptor?: PropertyDescriptor): void => {
    if (!isStandardContext(member)) {
      const key = member as string | symbol | undefined
      if (key === undefined) return refuse('a class', typeof target === 'function' ? target.name : target)
      const { value: method } = (descriptor ?? Object.getOwnPropertyDescriptor(target, key) ?? {}) as {
        readonly value?: unknown
      }
      if (typeof method !== 'function') return refuse('a field or an accessor', key)
      checkFunction(method, `${where}, method ${String(key)}`)
      if (typeof target === 'function') linkStatic(target, key)
      else record(target as object, { linker, events, key, options })
      return
    }
    const { name: key } = member
    // What the types cannot refuse: accessors and fields in JavaScript, and private methods anywhere.
    const kind: string = member.private ? `private ${member.kind}` : member.kind
    if (kind !== 'method') return refuse(`a ${kind}`, key)
    checkFunction(target, `${where}, method ${String(key)}`)
    member.addInitializer(function (this: unknown) {
      if (member.static) linkStatic(this as object, key)
      else record(this as object, { linker, events, key, options })
    })
  }
}

function isStandardContext(member: unknown): member is ClassMethodDecoratorContext {
  return typeof member === 'object' && member !== null && 'kind' in member
}

function checkModule(url: string | undefined, key: string | symbol): string {
  if (url !== undefined) return url
  throw new HandlerNotPortableError(
    'the module of the decorated class cannot be told from its call site',
    `method ${String(key)}`,
    'name it: @on(event, { module: import.meta.url }), or { module: __filename } in CommonJS',
  )
}

const staticMethods = sharedState(
  'static-methods',
  () => new WeakMap<object, Map<string, StaticMethodHandler>>(),
)

/** One and the same handler for all decorators of a method. */
function staticMethod(module: string, owner: object, key: string | symbol): StaticMethodHandler {
  const { name } = owner as { readonly name: unknown }
  if (typeof key !== 'string' || typeof name !== 'string' || name === '') {
    throw new HandlerNotPortableError(
      'a static method of an anonymous class, or under a symbol, has no name to be found by',
      `method ${String(key)} (${module})`,
      'give the class and the method names, or link it with { local: true }',
    )
  }
  const methods = staticMethods.get(owner) ?? new Map<string, StaticMethodHandler>()
  staticMethods.set(owner, methods)
  const method = methods.get(key) ?? new StaticMethodHandler(module, owner, key)
  methods.set(key, method)
  return method
}
