import type { StandardSchemaV1 } from '@standard-schema/spec'
import {
  addressOf,
  defineHandler,
  InvalidOptionError,
  type AnyHandler,
  type HandlerAddress,
  type ModuleReference,
} from '@eventlane/core'
import type { ServiceContext, StopService } from './service-context.js'

declare const types: unique symbol

type Started = StopService | undefined

/** What {@link defineService} makes a service of. */
export interface ServiceParts<Schema extends StandardSchemaV1 | undefined> {
  /** Unique among the services of its module. */
  readonly name: string
  /** A Standard Schema of the config; without it the service takes none. It validates in the host's realm. */
  readonly config?: Schema
  /**
   * Starts the service, in its own realm. The service is ready when it has returned, or when it says so by `context.ready()` and works
   * on until its signal aborts. It may return a function that ends what it has begun.
   */
  start(
    context: ServiceContext<
      Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : undefined
    >,
  ): Started | void | Promise<Started | void>
}

/**
 * A long-lived unit with state of its own; made by {@link defineService}, run by a `Host`.
 *
 * @typeParam Config what a host is given: the input of the schema
 */
export interface ServiceDefinition<Config = unknown> {
  /** Its name: what a host calls it, unless it is added under another. */
  readonly name: string
  /** Where any realm finds it. */
  readonly address: HandlerAddress
  /** Validates the config that a host is given; `undefined` where it takes none. */
  readonly schema: StandardSchemaV1 | undefined
  /** @hidden */
  readonly [types]?: (config: Config) => void
}

/** The function under which a service is registered: among handlers, so that it is found and refused like them. */
export type ServiceStarter = (context: ServiceContext) => unknown

/**
 * Defines a service. Call it at the top level of a module, which every realm that runs the service imports on its own.
 *
 * @param module the module: `import.meta.url`, or `__filename` in CommonJS
 * @param parts see {@link ServiceParts}
 * @returns the definition, for `host.add`
 * @throws InvalidOptionError when it has no name, no `start` or a config that is no schema; HandlerNotPortableError when `module` is not a file or has another
 *   service of that name
 * @example
 * ```ts
 * import { z } from 'zod'
 * import { defineEvent, payload } from '@eventlane/core'
 * import { defineService } from '@eventlane/service'
 *
 * export const Sampled = defineEvent('cpu.sampled', payload<{ user: number }>())
 *
 * export const sampler = defineService(import.meta.url, {
 *   name: 'cpu-sampler',
 *   config: z.object({ everyMs: z.number().positive() }),
 *   start({ config, emit }) {
 *     const timer = setInterval(() => void emit(Sampled, { user: process.cpuUsage().user }), config.everyMs)
 *     return () => clearInterval(timer)
 *   },
 * })
 * ```
 */
export function defineService<const Schema extends StandardSchemaV1 | undefined = undefined>(
  module: ModuleReference,
  parts: ServiceParts<Schema>,
): ServiceDefinition<Schema extends StandardSchemaV1 ? StandardSchemaV1.InferInput<Schema> : undefined> {
  checkParts(parts)
  const { name, config: schema } = parts
  const starter: ServiceStarter = (context) => parts.start(context as never)
  // No handler has a space in its name, so that a module may have a handler of the same name.
  Object.defineProperty(starter, 'name', { value: `service ${name}` })
  const registered = defineHandler(module, starter as unknown as AnyHandler)
  return Object.freeze({ name, address: addressOf(registered) as HandlerAddress, schema })
}

function checkParts(parts: unknown): void {
  const { name, start, config } = (parts ?? {}) as Readonly<Record<string, unknown>>
  const where = `defineService()${typeof name === 'string' ? `, service ${JSON.stringify(name)}` : ''}`
  if (typeof name !== 'string' || !/^\S+$/.test(name)) {
    throw new InvalidOptionError(
      'a service needs a name, without spaces',
      where,
      "write defineService(import.meta.url, { name: 'cpu-sampler', start() { … } })",
    )
  }
  if (typeof start !== 'function') {
    throw new InvalidOptionError('a service needs a function start', where, 'write start(context) { … }')
  }
  const isSchema = (typeof config === 'object' || typeof config === 'function') && config !== null
  if (config !== undefined && !(isSchema && '~standard' in config)) {
    throw new InvalidOptionError(
      'the config of a service definition is no schema',
      where,
      'give a Standard Schema such as z.object({ … }), or leave it out; values of the config go to host.add()',
    )
  }
}

/** Whether a value is a service definition. */
export function isServiceDefinition(value: unknown): value is ServiceDefinition {
  return typeof value === 'object' && value !== null && 'address' in value && 'schema' in value
}
