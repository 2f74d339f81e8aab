import { InvalidOptionError, type LocalExecutionMode, type QueueOptions } from '@eventlane/core'
import { checkOptions, QUEUE_OPTIONS } from '@eventlane/core/executor'
import { InlineExecutor, type InlineExecutorOptions } from '@eventlane/executor-inline'
import { ProcessExecutor, type ProcessExecutorOptions } from '@eventlane/executor-process'
import { ThreadExecutor, type ThreadExecutorOptions } from '@eventlane/executor-thread'
import { decideMode } from './auto-mode.js'

/** Handlers that wait cost their worker little, and a lost worker takes no more than so many with it. */
const ASYNC_CONCURRENCY = 100

/** Options of a plain mode, which runs one handler at a time in each worker. */
type PlainOptions<Options> = Omit<Options, 'concurrency'> & {
  /** Fixed: more than one handler at once in a worker is the `-async` mode. */
  readonly concurrency?: 1
}

/** What {@link createExecutor} takes and makes, by mode. */
interface Executors {
  readonly 'main-event-loop-async': readonly [InlineExecutorOptions, InlineExecutor]
  readonly 'separate-thread': readonly [PlainOptions<ThreadExecutorOptions>, ThreadExecutor]
  readonly 'separate-thread-async': readonly [ThreadExecutorOptions, ThreadExecutor]
  readonly 'separate-process': readonly [PlainOptions<ProcessExecutorOptions>, ProcessExecutor]
  readonly 'separate-process-async': readonly [ProcessExecutorOptions, ProcessExecutor]
  /** Only what every executor takes, since nobody knows yet which one it will be. */
  readonly auto: readonly [QueueOptions, InlineExecutor | ThreadExecutor]
}

/** The options of an executor in a mode. */
export type ExecutorOptionsFor<Mode extends LocalExecutionMode | 'auto'> = Executors[Mode][0]

/** The executor that a mode stands for. */
export type ExecutorFor<Mode extends LocalExecutionMode | 'auto'> = Executors[Mode][1]

const MAKERS: {
  readonly [Mode in LocalExecutionMode]: (options: ExecutorOptionsFor<Mode>) => ExecutorFor<Mode>
} = {
  'main-event-loop-async': (options) => new InlineExecutor(options),
  'separate-thread': (options) => new ThreadExecutor(plain('separate-thread', options)),
  'separate-thread-async': (options) => new ThreadExecutor(shared('separate-thread-async', options)),
  'separate-process': (options) => new ProcessExecutor(plain('separate-process', options)),
  'separate-process-async': (options) => new ProcessExecutor(shared('separate-process-async', options)),
}

/**
 * Makes the executor of a mode. The plain modes run one handler at a time in each worker; the `-async` modes many at once, on
 * that worker's own event loop: `concurrency`, by default 100, and without limit on the main event loop.
 *
 * `auto` decides once, from where it is called: `main-event-loop-async` inside a worker, which must not start workers of its own,
 * and where the program has one core; `separate-thread` otherwise. `executor.mode` tells which it is, {@link autoMode} why, and so
 * does the debug log (`NODE_DEBUG=eventlane`).
 *
 * @param mode one of the five modes, or `auto`
 * @param options those of the mode's executor; for `auto`, `maxQueue` and `overflow`
 * @returns an executor, inert until it is used
 * @throws InvalidOptionError when the mode is unknown, an option is unknown or wrong, or `concurrency` is not one of the mode
 * @example
 * ```ts
 * import { createExecutor, EventEmitter } from 'eventlane'
 *
 * await using events = new EventEmitter({ executor: createExecutor('separate-thread-async', { workers: 2 }) })
 * console.log(events.mode)
 * ```
 */
export function createExecutor<Mode extends LocalExecutionMode | 'auto'>(
  mode: Mode,
  options?: ExecutorOptionsFor<Mode>,
): ExecutorFor<Mode>
export function createExecutor(
  mode: LocalExecutionMode | 'auto',
  options: ExecutorOptionsFor<LocalExecutionMode> = {},
): ExecutorFor<LocalExecutionMode> {
  if (mode === 'auto') {
    checkOptions(options, QUEUE_OPTIONS, () => "createExecutor('auto')")
    return MAKERS[decideMode()](options as QueueOptions)
  }
  if (!Object.hasOwn(MAKERS, mode)) {
    throw new InvalidOptionError(
      `there is no mode ${JSON.stringify(mode)}`,
      'createExecutor()',
      `one of: ${Object.keys(MAKERS).join(', ')}, auto`,
    )
  }
  return MAKERS[mode](options as PlainOptions<ThreadExecutorOptions>)
}

function plain<Options extends PlainOptions<object>>(mode: LocalExecutionMode, options: Options): Options {
  // Callers without a type checker give another.
  const concurrency = options.concurrency as number | undefined
  if (concurrency === undefined || concurrency === 1) return options
  throw new InvalidOptionError(
    `option concurrency is ${String(concurrency)}, and this mode runs one handler at a time in each worker`,
    `createExecutor('${mode}')`,
    `leave concurrency out, or use the mode '${mode}-async'`,
  )
}

function shared<Options extends { readonly concurrency?: number }>(
  mode: LocalExecutionMode,
  options: Options,
): Options {
  if (options.concurrency === 1) {
    throw new InvalidOptionError(
      'option concurrency is 1, and this mode runs many handlers at once in each worker',
      `createExecutor('${mode}')`,
      `leave concurrency out, give 2 or more, or use the mode '${mode.replace(/-async$/, '')}'`,
    )
  }
  return { ...options, concurrency: options.concurrency ?? ASYNC_CONCURRENCY }
}
