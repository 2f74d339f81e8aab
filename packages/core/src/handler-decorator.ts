import { moduleUrl, type ModuleReference } from './address.js'
import { HandlerNotPortableError, InvalidLinkError } from './errors.js'
import { eventName } from './event-definition.js'
import { StaticMethodHandler, type BoundHandler, type Handler } from './handler.js'
import type { HandlerContext } from './handler-context.js'
import type { LinkOptions } from './link.js'
import { sharedState } from './shared-state.js'

/** Options of the decorator forms of `on` and `once`. */
export interface DecoratorOptions extends LinkOptions {
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
export function recordedMethods(instance: object): RecordedMethod[] {
  const methods: RecordedMethod[] = []
  for (
    let holder: object | null = instance;
    holder;
    holder = Object.getPrototypeOf(holder) as object | null
  ) {
    methods.unshift(...(recorded.get(holder) ?? []))
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
  const url = module === undefined ? callerModule : moduleUrl(module)

  const linkStatic = (owner: object, key: string | symbol): void => {
    if (url === undefined && options.local) {
      const handler = (owner as Record<typeof key, Handler>)[key] as Handler
      linker.link(event, { handler, receiver: owner, address: undefined }, options)
    } else {
      linker.link(event, staticMethod(checkModule(url, key), owner, key), options)
    }
  }

  return (target: unknown, where: unknown): void => {
    if (!isStandardContext(where)) {
      const key = where as string | symbol
      if (typeof target === 'function') linkStatic(target, key)
      else record(target as object, { linker, event, key, options })
      return
    }
    const { name: key } = where
    // What the types cannot refuse: accessors and fields in JavaScript, and private methods anywhere.
    const kind: string = where.private ? `private ${where.kind}` : where.kind
    if (kind !== 'method') {
      throw new InvalidLinkError(
        `a handler must be a public method, not a ${kind}`,
        `event ${JSON.stringify(name)}, member ${String(key)}`,
        'decorate a public method that calls it',
      )
    }
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
