import { moduleUrl, type ModuleReference } from './address.js'
import { HandlerNotPortableError, InvalidLinkError } from './errors.js'
import { eventName } from './event-definition.js'
import { checkFunction, StaticMethodHandler, type BoundHandler, type Handler } from './handler.js'
import type { HandlerContext } from './handler-context.js'
import { checkLinkOptions, type LinkOptions } from './link.js'
import { sharedState } from './shared-state.js'

/**
 * Options of the decorator forms of `on` and `once`.
 *
 * @typeParam Payload what handlers of the event get
 */
export interface DecoratorOptions<Payload = never> extends LinkOptions<Payload> {
  /** The module of the class, where its call site cannot tell it: `import.meta.url`, or `__filename` in CommonJS. */
  readonly module?: ModuleReference
}

/** Decorates static and instance methods, by the standard and under `experimentalDecorators`; checks their parameter. */
export interface HandlerDecorator<Payload> {
  <This, Method extends (this: This, payload: Payload, context: HandlerContext) => unknown>(
    method: Method,
    context: ClassMethodDecoratorContext<This, Method>,
  ): void
  <Method extends (payload: Payload, context: HandlerContext) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void
}

/** As much of a linker as decorators need. */
interface HandlerLinker {
  link(event: unknown, bound: BoundHandler, options: LinkOptions): unknown
}

/** An instance method that was decorated and waits for `bind`. */
export interface RecordedMethod {
  readonly linker: object
  readonly event: unknown
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
  event: unknown,
  { module, ...options }: DecoratorOptions,
  callerModule: string | undefined,
): HandlerDecorator<never> {
  const name = eventName(event)
  checkLinkOptions(options, () => `event ${JSON.stringify(name)}`)
  const url = module === undefined ? callerModule : moduleUrl(module)

  const linkStatic = (owner: object, key: string | symbol): void => {
    if (url === undefined && options.local) {
      const handler = (owner as Record<typeof key, Handler>)[key] as Handler
      linker.link(event, { handler, receiver: owner, address: undefined }, options)
    } else {
      linker.link(event, staticMethod(checkModule(url, key), owner, key), options)
    }
  }

  const refuse = (what: string, member: unknown): never => {
    throw new InvalidLinkError(
      `a handler must be a public method, not ${what}`,
      `event ${JSON.stringify(name)}, member ${String(member)}`,
      'decorate a public method that calls it',
    )
  }

  return (target: unknown, where: unknown, descriptor?: PropertyDescriptor): void => {
    if (!isStandardContext(where)) {
      const key = where as string | symbol | undefined
      if (key === undefined) return refuse('a class', typeof target === 'function' ? target.name : target)
      const { value: method } = (descriptor ?? Object.getOwnPropertyDescriptor(target, key) ?? {}) as {
        readonly value?: unknown
      }
      if (typeof method !== 'function') return refuse('a field or an accessor', key)
      checkFunction(method, `event ${JSON.stringify(name)}, method ${String(key)}`)
      if (typeof target === 'function') linkStatic(target, key)
      else record(target as object, { linker, event, key, options })
      return
    }
    const { name: key } = where
    // What the types cannot refuse: accessors and fields in JavaScript, and private methods anywhere.
    const kind: string = where.private ? `private ${where.kind}` : where.kind
    if (kind !== 'method') return refuse(`a ${kind}`, key)
    checkFunction(target, `event ${JSON.stringify(name)}, method ${String(key)}`)
    where.addInitializer(function (this: unknown) {
      if (where.static) linkStatic(this as object, key)
      else record(this as object, { linker, event, key, options })
    })
  }
}

function isStandardContext(where: unknown): where is ClassMethodDecoratorContext {
  return typeof where === 'object' && where !== null && 'kind' in where
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
