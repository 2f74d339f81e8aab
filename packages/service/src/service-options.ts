import { InvalidOptionError, payloads, type HandlerAddress, type LocalExecutionMode } from '@eventlane/core'
import { checkOptions, isLimit, isPositiveMs } from '@eventlane/core/executor'
import type { RealmOptions } from './realm.js'
import { resolveRestartOptions, type ResolvedRestartOptions, type RestartOptions } from './restart.js'
import type { ServiceDefinition } from './service-definition.js'

/** How a host sees that the event loop of a service turns. */
export interface HeartbeatOptions {
  /** How often the service is asked, in milliseconds. Default: 1000. */
  readonly intervalMs?: number
  /** After so long without a sign of life it is ended, and has crashed; in milliseconds. Default: 10,000. */
  readonly timeoutMs?: number
}

/** How a host runs a service. */
export interface ServiceSettings {
  /**
   * Where it lives, and how it handles events. In the plain modes it has a worker of its own and handles one event at a time; in the
   * `-async` ones it has one too and handles many at once; in `main-event-loop-async` it lives on the event loop of the program.
   * Default: `separate-thread`.
   */
  readonly mode?: LocalExecutionMode
  /** What the host calls it, for several of one definition. Default: the definition's name. */
  readonly name?: string
  /**
   * The names of services, added before, that have to be ready before this one starts; they stop after it. Default: the one added
   * last; `[]` for none.
   */
  readonly dependsOn?: readonly string[]
  /** Whether, when and how often it is started again after a crash. */
  readonly restart?: RestartOptions
  /** How long it may take until it is ready, in milliseconds; then it has crashed. Default: 30,000. */
  readonly startTimeoutMs?: number
  /** How long it may take to stop, in milliseconds; then it is killed. Default: 5000. */
  readonly stopTimeoutMs?: number
  /** How its event loop is watched, where it has one of its own; `false` for not at all. */
  readonly heartbeat?: HeartbeatOptions | false
  /** How many events may wait for it while it is busy, starting or down; what comes on top is rejected. Default: 1000. */
  readonly maxWaiting?: number
  /** What becomes of events while it is down: they `wait` for its restart, or are rejected. Default: `wait`. */
  readonly whileDown?: 'wait' | 'reject'
  /** Environment variables of its worker. Default: the program's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Node.js options of its worker. Default: the program's own. */
  readonly execArgv?: readonly string[]
  /** Most memory of its worker's JavaScript heap, in MiB. Default: Node.js's own limit. */
  readonly maxOldSpaceMb?: number
  /** How its worker imports TypeScript; see the `loader` of pools. Default: `auto`. */
  readonly loader?: 'auto' | 'tsx' | 'native' | 'none' | URL
}

/** {@link ServiceSettings}, and the config where the service takes one. */
export type ServiceOptions<Config> = ServiceSettings &
  (undefined extends Config ? { readonly config?: Config } : { readonly config: Config })

/** All that a supervisor needs to know of its service. */
export interface ResolvedService {
  readonly name: string
  readonly address: HandlerAddress
  readonly mode: LocalExecutionMode
  /** Encoded. */
  readonly config: string
  readonly dependsOn: readonly string[] | undefined
  readonly restart: ResolvedRestartOptions
  readonly startTimeoutMs: number
  readonly stopTimeoutMs: number
  readonly heartbeat: Required<HeartbeatOptions> | undefined
  readonly maxWaiting: number
  readonly whileDown: 'wait' | 'reject'
  readonly loader: string
  readonly realm: RealmOptions
}

const MODES: readonly unknown[] = [
  'main-event-loop-async',
  'separate-thread',
  'separate-thread-async',
  'separate-process',
  'separate-process-async',
]
const LOADERS: readonly unknown[] = ['auto', 'tsx', 'native', 'none']
const OF_WORKERS = ['env', 'execArgv', 'maxOldSpaceMb', 'loader', 'heartbeat'] as const

const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === 'string')

const OPTIONS: Readonly<Record<keyof ServiceOptions<undefined>, (value: unknown) => boolean>> = {
  mode: (value) => MODES.includes(value),
  config: () => true,
  name: (value) => typeof value === 'string' && value !== '',
  dependsOn: isTexts,
  restart: () => true,
  startTimeoutMs: isPositiveMs,
  stopTimeoutMs: isPositiveMs,
  heartbeat: () => true,
  maxWaiting: (value) => value === 0 || isLimit(value),
  whileDown: (value) => value === 'wait' || value === 'reject',
  env: (value) =>
    typeof value === 'object' && value !== null && isTexts(Object.values(value).filter(isGiven)),
  execArgv: isTexts,
  maxOldSpaceMb: (value) => typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY,
  loader: (value) => LOADERS.includes(value) || value instanceof URL,
}

const HEARTBEAT_OPTIONS = { intervalMs: isPositiveMs, timeoutMs: isPositiveMs }

function isGiven(value: unknown): boolean {
  return value !== undefined
}

/**
 * Checks how a service is to be run, and its config.
 *
 * @throws InvalidOptionError naming the option, or the path in the config; PayloadNotPortableError when the config would not
 *   arrive unchanged
 */
export function resolveService(
  definition: ServiceDefinition<never>,
  options: ServiceSettings & { readonly config?: unknown },
): ResolvedService {
  const where = `host.add(), service ${definition.name}`
  checkOptions(options, OPTIONS, () => where)
  const { mode = 'separate-thread', name = definition.name, loader = 'auto' } = options
  if (mode === 'main-event-loop-async') checkInline(options, where)
  return {
    name,
    address: definition.address,
    mode,
    config: payloads.encode(validConfig(definition, options.config, where), {
      root: 'config',
      handler: `service ${name}`,
    }),
    dependsOn: options.dependsOn,
    restart: resolveRestartOptions(options.restart ?? {}, where),
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
    stopTimeoutMs: options.stopTimeoutMs ?? 5000,
    heartbeat: resolveHeartbeat(mode, options.heartbeat, where),
    maxWaiting: options.maxWaiting ?? 1000,
    whileDown: options.whileDown ?? 'wait',
    loader: loader instanceof URL ? loader.href : loader,
    realm: { env: options.env, execArgv: options.execArgv, maxOldSpaceMb: options.maxOldSpaceMb },
  }
}

function checkInline(options: ServiceSettings, where: string): void {
  const given = OF_WORKERS.find((option) => options[option] !== undefined && options[option] !== false)
  if (given === undefined) return
  throw new InvalidOptionError(
    `option ${given} is about a worker, and in mode main-event-loop-async the service has none`,
    where,
    `leave ${given} out, or choose a mode with a worker`,
  )
}

function resolveHeartbeat(
  mode: LocalExecutionMode,
  heartbeat: HeartbeatOptions | false | undefined,
  where: string,
): Required<HeartbeatOptions> | undefined {
  if (heartbeat === false || mode === 'main-event-loop-async') return undefined
  checkOptions(heartbeat ?? {}, HEARTBEAT_OPTIONS, () => where, 'heartbeat.')
  const { intervalMs = 1000, timeoutMs = 10_000 } = heartbeat ?? {}
  if (timeoutMs < 2 * intervalMs) {
    throw new InvalidOptionError(
      `option heartbeat.timeoutMs (${String(timeoutMs)}) is less than twice heartbeat.intervalMs (${String(intervalMs)})`,
      where,
      'ask more often, or wait longer',
    )
  }
  return { intervalMs, timeoutMs }
}

function validConfig({ schema }: ServiceDefinition<never>, config: unknown, where: string): unknown {
  if (schema === undefined) {
    if (config === undefined) return undefined
    throw new InvalidOptionError(
      'option config is given, and the service takes none',
      where,
      'leave config out, or give its definition a schema',
    )
  }
  const result = schema['~standard'].validate(config)
  if (result instanceof Promise) {
    result.catch(() => undefined)
    throw new InvalidOptionError(
      'the schema of the config validates asynchronously',
      where,
      'use a schema without async refinements or transforms',
    )
  }
  if (!result.issues) return result.value
  const issues = result.issues.map(({ path = [], message }) => {
    const keys = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    return `${['config', ...keys].join('.')}: ${message}`
  })
  throw new InvalidOptionError(`option config is invalid: ${issues.join('; ')}`, where, 'see its schema')
}
