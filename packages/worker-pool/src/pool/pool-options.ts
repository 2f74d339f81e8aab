import { availableParallelism } from 'node:os'
import type { QueueOptions } from '@eventlane/core'
import {
  checkOptions,
  isBoolean,
  isDelayMs,
  isPositiveInteger,
  isPositiveMs,
  QUEUE_OPTIONS,
} from '@eventlane/core/executor'
import type { Loader } from '../worker/handler-module.js'

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

/** Pool options with their defaults filled in. */
export type ResolvedPoolOptions = Required<
  Omit<PoolOptions, 'env' | 'execArgv' | 'maxOldSpaceMb' | 'loader'>
> &
  Pick<PoolOptions, 'env' | 'execArgv' | 'maxOldSpaceMb'> & { readonly loader: Loader }

const LOADERS: readonly unknown[] = ['auto', 'tsx', 'native', 'none']

const POOL_OPTIONS = {
  ...QUEUE_OPTIONS,
  workers: isPositiveInteger,
  concurrency: isPositiveInteger,
  env: isEnvironment,
  execArgv: (value: unknown) => Array.isArray(value) && value.every((option) => typeof option === 'string'),
  loader: (value: unknown) => LOADERS.includes(value) || value instanceof URL,
  maxOldSpaceMb: (value: unknown) =>
    typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY,
  killGraceMs: isDelayMs,
  startTimeoutMs: isPositiveMs,
  allowNested: isBoolean,
}

/**
 * Checks pool options and fills in defaults.
 *
 * @throws InvalidOptionError naming the option
 */
export function resolvePoolOptions(options: PoolOptions, where: string): ResolvedPoolOptions {
  checkOptions(options, POOL_OPTIONS, () => where)
  const { loader = 'auto', env, execArgv, maxOldSpaceMb } = options
  return {
    workers: options.workers ?? availableParallelism(),
    concurrency: options.concurrency ?? 1,
    maxQueue: options.maxQueue ?? Number.POSITIVE_INFINITY,
    overflow: options.overflow ?? 'reject',
    loader: loader instanceof URL ? loader.href : loader,
    killGraceMs: options.killGraceMs ?? 1000,
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
    allowNested: options.allowNested ?? false,
    ...(env && { env }),
    ...(execArgv && { execArgv }),
    ...(maxOldSpaceMb !== undefined && { maxOldSpaceMb }),
  }
}

function isEnvironment(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((variable) => variable === undefined || typeof variable === 'string')
}
