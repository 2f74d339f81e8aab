import { availableParallelism } from 'node:os'
import { InvalidOptionError, type QueueOptions } from '@eventlane/core'
import { z } from 'zod'
import type { Loader } from './handler-module.js'

/** How a pool of workers is set up. */
export interface PoolOptions extends QueueOptions {
  /** How many workers at most; they are started when there is work for them. Default: the available parallelism. */
  readonly workers?: number
  /**
   * How many handlers may be under way at once in each worker. Default: 1, the plain mode; more is the `-async` mode, where
   * handlers share their worker's event loop, and its end when it must be ended.
   */
  readonly concurrency?: number
  /** Environment variables of the workers. Default: the program's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Node.js options of the workers, such as `['--conditions=development']`. Default: the program's own. */
  readonly execArgv?: readonly string[]
  /**
   * How workers import handler modules that are TypeScript. `auto` (default): tsx where it is installed beside the module,
   * else Node.js's own type stripping; `tsx` or `native`: that one; `none`: as the worker's Node.js options say; or the URL of
   * a module that registers a loader when imported.
   */
  readonly loader?: 'auto' | 'tsx' | 'native' | 'none' | URL
  /** Most memory of each worker's JavaScript heap, in MiB; over it, the worker is lost. Default: Node.js's own limit. */
  readonly maxOldSpaceMb?: number
  /** How long a handler may go on after its signal has aborted, in milliseconds; then its worker is ended. Default: 1000. */
  readonly killGraceMs?: number
  /** How long a worker may take to start, and to import handler modules, in milliseconds. Default: 30,000. */
  readonly startTimeoutMs?: number
  /** Allows the pool inside a worker of another pool. Default: `false`; emit through the handler's context instead. */
  readonly allowNested?: boolean
}

const schema = z.strictObject({
  workers: z
    .int()
    .positive()
    .default(() => availableParallelism()),
  concurrency: z.int().positive().default(1),
  maxQueue: z.int().positive().or(z.literal(Number.POSITIVE_INFINITY)).default(Number.POSITIVE_INFINITY),
  overflow: z.enum(['reject', 'wait', 'drop-newest', 'drop-oldest']).default('reject'),
  env: z.record(z.string(), z.string().optional()).optional(),
  execArgv: z.array(z.string()).readonly().optional(),
  loader: z
    .union([z.enum(['auto', 'tsx', 'native', 'none']), z.instanceof(URL)])
    .default('auto')
    .transform((loader): Loader => (loader instanceof URL ? loader.href : loader)),
  maxOldSpaceMb: z.number().positive().optional(),
  killGraceMs: z.number().nonnegative().default(1000),
  startTimeoutMs: z.number().positive().default(30_000),
  allowNested: z.boolean().default(false),
})

/** Pool options with their defaults filled in. */
export type ResolvedPoolOptions = z.output<typeof schema>

/**
 * Checks pool options and fills in defaults.
 *
 * @throws InvalidOptionError naming the option
 */
export function resolvePoolOptions(options: PoolOptions, where: string): ResolvedPoolOptions {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  throw new InvalidOptionError(z.prettifyError(parsed.error), where, 'see PoolOptions')
}
