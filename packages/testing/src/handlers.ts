/**
 * Handlers for conformance tests: workers import this module, and the tests that link them import it too.
 *
 * @module @eventlane/testing/handlers
 */
import { execFileSync } from 'node:child_process'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { isMainThread, parentPort, resourceLimits, threadId } from 'node:worker_threads'
import {
  defineEvent,
  defineHandler,
  EventEmitter,
  EventLinker,
  payload,
  payloads,
  type Executor,
  type HandlerContext,
} from '@eventlane/core'
import { isOpen, opened, testify, type Witnessed } from './witness.js'

/** What handlers are told to do. */
export interface Job extends Witnessed {
  readonly label?: string
  /** The gate that the handler waits for. */
  readonly gate?: string
  readonly value?: unknown
  /** What to throw; see {@link THROWN}. */
  readonly how?: keyof typeof THROWN
  readonly exitCode?: number
  readonly signal?: NodeJS.Signals
  /** How many attempts fail before one does not. */
  readonly failures?: number
  /** How many turns of its event loop a handler takes. */
  readonly turns?: number
  /** How many further emissions out of handlers. */
  readonly depth?: number
  /** A module that exports an executor class, and the class's name. */
  readonly executor?: ExecutorReference
}

/** Where an executor class is found. */
export interface ExecutorReference {
  /** The URL of a module. */
  readonly module: string
  /** The name under which it exports the class. */
  readonly className: string
}

export const Work = defineEvent('conformance.work', payload<Job>())
export const MoreWork = defineEvent('conformance.more-work', payload<Job>())
export const ChildWork = defineEvent('conformance.child-work', payload<Job>())

/** An event whose schema takes text and gives its length, so that validating twice would show. */
export const Measured = defineEvent('conformance.measured', {
  '~standard': {
    version: 1,
    vendor: 'eventlane',
    validate: (value: unknown) =>
      typeof value === 'string'
        ? { value: value.length }
        : { issues: [{ message: 'expected text', path: ['text'] }] },
    types: undefined as { input: string; output: number } | undefined,
  },
})

/** An error class that is registered with the codec, in every realm that imports this module. */
export class RegisteredError extends Error {
  override readonly name = 'RegisteredError'
  constructor(
    message: string,
    readonly items: readonly number[],
  ) {
    super(message)
  }
}
payloads.registerClass(RegisteredError)

/** A class that is registered with the codec, in every realm that imports this module. */
export class Money {
  constructor(
    readonly amount: bigint,
    readonly currency: string,
  ) {}
}
payloads.registerClass(Money)

/** An error class that no codec knows. */
export class UnregisteredError extends TypeError {
  override readonly name = 'UnregisteredError'
  readonly details = { attempts: [1, 2], at: new Date(0) }
}

/** A class that no codec knows. */
export class Unregistered {
  readonly field = 1
}

/** What {@link throwsIt} can throw, by name. */
export const THROWN = {
  coded: () =>
    Object.assign(new RangeError('out of range', { cause: new TypeError('the root', { cause: 'deeper' }) }), {
      code: 'ERR_CODED',
      limit: 10n,
    }),
  aggregate: () =>
    new AggregateError(
      [new RangeError('one'), Object.assign(new Error('two'), { code: 'ERR_TWO' })],
      'several',
    ),
  registered: () => new RegisteredError('registered', [1, 2, 3]),
  unregistered: () => new UnregisteredError('unregistered'),
  unportable: () =>
    Object.assign(new Error('holds a function'), { retry: () => undefined, code: 'ERR_HELD' }),
  cyclic: () => {
    const error: Error & { self?: unknown } = new Error('cyclic')
    error.self = error
    return error
  },
  undefined: () => undefined,
  null: () => null,
  string: () => 'a string',
  object: () => ({ reason: 'a plain object', at: new Date(0) }),
  'null-prototype object': () => Object.assign(Object.create(null) as object, { reason: 'no prototype' }),
  function: () => function thrown() {},
  symbol: () => Symbol('thrown'),
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  'error whose message throws': () => Object.defineProperty(new Error(), 'message', { get: throwsAlways }),
  'object whose getter throws': () =>
    Object.defineProperty({}, 'then', { get: throwsAlways, enumerable: true }),
  'with getters that throw': () => {
    const refuse = (): never => {
      throw new TypeError('not to be read')
    }
    const error = new Error('thrown with getters')
    for (const name of ['message', 'stack', 'cause', 'code', 'toJSON']) {
      Object.defineProperty(error, name, { get: refuse, enumerable: true, configurable: true })
    }
    return error
  },
} as const

/** What {@link returnsOddly} can return, by name. */
export const RETURNED = {
  'a thenable that throws': () => ({
    then: () => {
      throw new RangeError('thrown by then')
    },
  }),
  'a thenable that cannot be looked at': () => ({
    get then() {
      throw new RangeError('thrown by the getter of then')
    },
  }),
  'a getter that throws': () => ({
    get total() {
      throw new RangeError('thrown by a getter')
    },
  }),
  'a revoked proxy': THROWN['revoked proxy'],
  'a function': () => () => undefined,
  'a symbol': () => Symbol('returned'),
} as const

/** What {@link sabotages} can do to its worker, by name. */
export const SABOTAGE = {
  'closes the port to the parent': () => parentPort?.close(),
  'removes the listeners of the port to the parent': () => parentPort?.removeAllListeners(),
  'disconnects the process': () => {
    if (isMainThread) process.disconnect()
  },
  'removes the message listeners of the process': () => process.removeAllListeners('message'),
  'removes all listeners of the process': () => process.removeAllListeners(),
  'replaces the timers': () => {
    Object.assign(globalThis, {
      setTimeout: () => 1,
      setImmediate: () => 1,
      queueMicrotask: () => undefined,
      setInterval: () => 1,
    })
  },
  'replaces the clocks': () => {
    Date.now = () => 0
    performance.now = () => 0
  },
  'replaces what sends messages': () => {
    process.send = () => false
  },
} as const

function throwsAlways(): never {
  throw new RangeError('of a getter')
}

/** Says "ran" and returns the job's label. */
export function notes(job: Job): string | undefined {
  testify(job, 'ran')
  return job.label
}

/** Like {@link notes}, by a name of its own. */
export function notesFirst(job: Job): void {
  testify(job, 'first')
}

/** Like {@link notes}, by a name of its own. */
export function notesSecond(job: Job): void {
  testify(job, 'second')
}

/** Like {@link notes}, by a name of its own. */
export function notesThird(job: Job): void {
  testify(job, 'third')
}

/** Returns the text in the job's `value` twice over. */
export function repeats(job: Job): string {
  return String(job.value).repeat(2)
}

/** Returns the job's value. */
export function echoes(job: Job): unknown {
  return job.value
}

/** Adds to the job's value, which is an array, and returns it. */
export function changes(job: Job): unknown {
  ;(job.value as unknown[]).push('changed')
  return job.value
}

/** Returns what it sees of itself and of its context. */
export function describesItself(job: Job, context: HandlerContext) {
  testify(job, 'ran')
  const { event, emissionId, parentId, mode, signal } = context
  const isPayload = context.payload === job
  return { event, emissionId, parentId, mode, isPayload, aborted: signal.aborted, pid: process.pid, threadId }
}

/** Returns the metadata that it finds, and changes its own. */
export function tellsMetadata(job: Job, { metadata }: HandlerContext): unknown {
  testify(job, 'ran')
  const found: Record<string, unknown> = { ...metadata }
  for (const [key, value] of Object.entries(metadata)) {
    if (!Array.isArray(value)) continue
    found[key] = [...(value as unknown[])]
    value.push('changed')
  }
  return found
}

/** Says "started", waits for its gate whatever its signal says, says "ended". */
export async function holds(job: Job): Promise<string | undefined> {
  testify(job, 'started')
  await opened(job, job.gate ?? 'all')
  testify(job, 'ended')
  return job.label
}

/** Says "started" and blocks its event loop until its gate opens. */
export function blocks(job: Job): string | undefined {
  testify(job, 'started')
  while (!isOpen(job, job.gate ?? 'all'));
  testify(job, 'ended')
  return job.label
}

/** Blocks its event loop for longer than any test runs. */
export function neverStops(job: Job): void {
  testify(job, 'started')
  for (;;) Math.random()
}

/** Says "started", waits for its signal, says what the reason is, and throws it. */
export async function stops(job: Job, { signal }: HandlerContext): Promise<never> {
  testify(job, 'started')
  const reason = await aborted(signal)
  testify(job, `stopped by ${reason instanceof Error ? reason.name : String(reason)}`)
  throw reason
}

/** Like {@link stops}, and has something to put away first. */
export async function cleansUp(job: Job, { signal }: HandlerContext): Promise<void> {
  testify(job, 'started')
  await aborted(signal)
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
  testify(job, 'cleaned up')
}

/** The reason of a signal that aborts, at last; the timer stands for the work that the handler would be doing. */
async function aborted(signal: AbortSignal): Promise<unknown> {
  while (!signal.aborted) await sleep(2)
  return signal.reason as unknown
}

/** Says "ran" and does what the job's value says: throws an error with its label, waits for its signal, or returns its label. */
export async function acts(job: Job, { signal }: HandlerContext): Promise<string | undefined> {
  testify(job, 'ran')
  if (job.value === 'rejects') throw Object.assign(new Error('was told to'), { label: job.label })
  if (job.value === 'waits') throw await aborted(signal)
  await turnsOf(job)
  return job.label
}

/** Throws what it is told to. */
export function throwsIt({ how = 'coded' }: Job): never {
  throw THROWN[how]()
}

/** Like {@link throwsIt}, in a promise. */
export async function rejectsWithIt({ how = 'coded' }: Job): Promise<never> {
  await setImmediate()
  throw THROWN[how]()
}

/** Says which attempt it is, throws as often as the job's `failures` say, and then returns the attempt. */
export async function failsAtFirst(job: Job, { attempt }: HandlerContext): Promise<number> {
  testify(job, `attempt ${attempt}`)
  await turnsOf(job)
  if (attempt <= (job.failures ?? Number.POSITIVE_INFINITY)) throw THROWN[job.how ?? 'coded']()
  return attempt
}

/** Says which attempt it is; ends its process or thread at the first one, and returns the attempt at others. */
export function exitsAtFirst(job: Job, { attempt }: HandlerContext): number {
  testify(job, `attempt ${attempt}`)
  if (attempt === 1) process.exit(job.exitCode ?? 0)
  return attempt
}

/** Says which attempt it is; waits for its signal at the first one, and returns the attempt at others. */
export async function stopsAtFirst(job: Job, { attempt, signal }: HandlerContext): Promise<number> {
  testify(job, `attempt ${attempt}`)
  if (attempt === 1) throw await aborted(signal)
  return attempt
}

/** Says which attempt it is; waits for its gate at the first one, whatever its signal says. */
export async function holdsAtFirst(job: Job, { attempt }: HandlerContext): Promise<number> {
  testify(job, `attempt ${attempt}`)
  if (attempt === 1) {
    await opened(job, job.gate ?? 'all')
    testify(job, 'ended 1')
  }
  return attempt
}

/**
 * Says "started", takes its turns and says "ended"; before that it fails as often as the job's `failures` say, and, where
 * the job names an exit code, ends its process or thread at the first attempt.
 */
export async function takesTurns(job: Job, { attempt }: HandlerContext): Promise<void> {
  testify(job, 'started')
  await turnsOf(job)
  if (job.exitCode !== undefined && attempt === 1) process.exit(job.exitCode)
  testify(job, 'ended')
  if (attempt <= (job.failures ?? 0)) throw new Error(`attempt ${attempt} fails`)
}

async function turnsOf({ turns = 0 }: Job): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await setImmediate()
}

/** Returns what it is told to. */
export function returnsOddly(job: Job): unknown {
  return RETURNED[job.value as keyof typeof RETURNED]()
}

/** Does to its worker what it is told to, and returns. */
export function sabotages(job: Job): string {
  testify(job, 'sabotaged')
  SABOTAGE[job.value as keyof typeof SABOTAGE]()
  return 'done'
}

/** Returns something that cannot travel. */
export function returnsAFunction(): unknown {
  return { rows: [{ format: function format() {} }] }
}

/** Returns an instance of a class that cannot travel. */
export async function returnsAnInstance(): Promise<unknown> {
  await setImmediate()
  return [new Unregistered()]
}

/** Says "started" and ends its process or thread. */
export function exits(job: Job): never {
  testify(job, 'started')
  process.exit(job.exitCode ?? 0)
}

/** Says "started", waits for its gate, and ends its process or thread. */
export async function exitsLater(job: Job): Promise<never> {
  testify(job, 'started')
  await opened(job, job.gate ?? 'all')
  process.exit(job.exitCode ?? 0)
}

/** Throws what it is told to where nobody can catch it, once its gate is open where it has one. */
export async function crashes(job: Job): Promise<void> {
  testify(job, 'started')
  if (job.gate !== undefined) await opened(job, job.gate)
  setTimeout(() => {
    throw THROWN[job.how ?? 'coded']()
  })
  await new Promise(() => undefined)
}

/** Rejects where nobody can catch it, once its gate is open where it has one. */
export async function rejectsUnhandled(job: Job): Promise<void> {
  testify(job, 'started')
  if (job.gate !== undefined) await opened(job, job.gate)
  void Promise.reject(THROWN[job.how ?? 'coded']())
  await new Promise(() => undefined)
}

/** Writes as much as the job's value says, in megabytes, line by line, and then a last line. */
export function prints(job: Job): void {
  const line = `${'x'.repeat(1023)}\n`
  for (let written = 0; written < Number(job.value) * 1024; written += 1) process.stdout.write(line)
  console.log('the last line')
  testify(job, 'printed')
}

/** Like {@link prints}, and ends its worker in the same turn. */
export function printsAndExits(job: Job): never {
  prints(job)
  process.exit(job.exitCode ?? 0)
}

/** Returns, and leaves something behind that throws afterwards. */
export function leavesABomb(job: Job): void {
  testify(job, 'ran')
  void opened(job, job.gate ?? 'all').then(() => {
    throw new RangeError('thrown in the background')
  })
}

/** Kills its own process by a signal. */
export async function killsItself(job: Job): Promise<void> {
  testify(job, 'started')
  process.kill(process.pid, job.signal ?? 'SIGKILL')
  await new Promise(() => undefined)
}

/** Ends its process by `process.abort`. */
export function aborts(job: Job): never {
  testify(job, 'started')
  process.abort()
}

/** Like {@link holds}, in a process that SIGTERM does not end. */
export async function ignoresTermination(job: Job): Promise<string | undefined> {
  process.on('SIGTERM', () => undefined)
  return await holds(job)
}

/** Says "started" and waits in native code, which nothing interrupts, for as many milliseconds as the job's value says. */
export function waitsNatively(job: Job): void {
  testify(job, 'started')
  execFileSync(process.execPath, ['-e', `setTimeout(() => {}, ${String(Number(job.value))})`])
}

/** Sends its own process what Ctrl-C sends, and returns the process's id. */
export async function interruptsItself(job: Job): Promise<number> {
  testify(job, 'started')
  process.kill(process.pid, 'SIGINT')
  await sleep(20)
  return process.pid
}

/** Sends the job's value to whoever started its process or thread, as some libraries do. */
export async function sendsToParent(job: Job): Promise<string> {
  testify(job, 'ran')
  if (isMainThread) await new Promise((resolve) => process.send?.(job.value, resolve))
  else parentPort?.postMessage(job.value)
  await setImmediate()
  return `${process.pid} ${threadId}`
}

/** What its worker was started with: the environment variable that the job's value names, Node.js options, heap limit. */
export function readsSettings(job: Job) {
  testify(job, 'ran')
  const limitMb = isMainThread
    ? getHeapStatistics().heap_size_limit / 2 ** 20
    : resourceLimits.maxOldGenerationSizeMb
  return { variable: process.env[String(job.value)], execArgv: process.execArgv, limitMb: limitMb ?? 0 }
}

/** Takes memory until there is none. */
export function eatsMemory(job: Job): number {
  testify(job, 'started')
  const eaten: number[][] = []
  for (;;) eaten.push(Array.from({ length: 100_000 }, () => Math.random()))
}

/** Emits {@link ChildWork} and waits for its admission. */
export async function emitsChild(job: Job, context: HandlerContext): Promise<string> {
  testify(job, 'emitting')
  await context.emit(ChildWork, { ...job, label: `child of ${job.label ?? ''}` })
  return context.emissionId
}

/** Emits {@link ChildWork} as often as the job's value says, each time waiting for admission; returns how often it could. */
export async function emitsChildren(
  job: Job,
  context: HandlerContext,
): Promise<{ count: number; code?: unknown }> {
  testify(job, 'emitting')
  for (let count = 0; count < Number(job.value); count += 1) {
    try {
      await context.emit(ChildWork, { ...job, label: `${job.label ?? ''}.${count}` })
    } catch (error) {
      return { count, code: (error as NodeJS.ErrnoException).code }
    }
  }
  testify(job, 'emitted')
  return { count: Number(job.value) }
}

/** Emits what its event's schema accepts. */
export async function emitsMeasured({ value }: Job, { emit }: HandlerContext): Promise<void> {
  await emit(Measured, String(value))
}

/** Tries to emit payloads that are refused, and returns what the calls threw. */
export function emitsRefused(job: Job, context: HandlerContext): unknown[] {
  const attempts = [
    () => context.emit(Measured, 5 as unknown as string),
    () => context.emit(ChildWork, { ...job, value: [{ onClick: () => undefined }] }),
  ]
  return attempts.map((attempt) => {
    try {
      void attempt()
      return undefined
    } catch (error) {
      return error
    }
  })
}

/** Returns, and emits when its gate opens. */
export function emitsLate(job: Job, context: HandlerContext): void {
  void opened(job, job.gate ?? 'all').then(async () => {
    try {
      await context.emit(ChildWork, job)
      testify(job, 'emitted late')
    } catch (error) {
      testify(job, error instanceof Error ? error.name : String(error))
    }
  })
}

/** Emits its own event as long as the job's depth says, or for ever. */
export async function recurses(job: Job, context: HandlerContext): Promise<void> {
  testify(job, 'ran')
  const { depth = Number.POSITIVE_INFINITY } = job
  if (depth === 0) return
  try {
    await context.emit(context.event as never, { ...job, depth: depth - 1 } as never)
  } catch (error) {
    testify(job, error instanceof Error ? error.name : String(error))
  }
}

/** Emits its own event for ever, and does not look at what becomes of it. */
export function recursesHeedlessly(job: Job, context: HandlerContext): void {
  testify(job, 'ran')
  void context.emit(context.event as never, job as never)
}

/** Runs {@link notes} on an executor of its own, with the job's value as its options. */
export async function usesAnotherExecutor(job: Job): Promise<string | undefined> {
  if (job.executor === undefined) throw new TypeError('the job names no executor')
  const { module, className } = job.executor
  const exported = (await import(module)) as Record<string, new (options: unknown) => Executor>
  const Constructor = exported[className]
  if (Constructor === undefined) throw new TypeError(`no ${className} in ${module}`)
  const linker = new EventLinker()
  linker.on(ChildWork, notes)
  await using events = new EventEmitter({ executor: new Constructor(job.value), linker })
  const report = await events.emit(ChildWork, job)
  const outcome = report.of(notes)
  return outcome?.status === 'fulfilled' ? outcome.value : undefined
}

for (const handler of [
  notes,
  notesFirst,
  notesSecond,
  notesThird,
  echoes,
  repeats,
  changes,
  describesItself,
  tellsMetadata,
  holds,
  blocks,
  neverStops,
  stops,
  cleansUp,
  acts,
  throwsIt,
  rejectsWithIt,
  failsAtFirst,
  exitsAtFirst,
  stopsAtFirst,
  holdsAtFirst,
  takesTurns,
  returnsOddly,
  sabotages,
  returnsAFunction,
  returnsAnInstance,
  exits,
  exitsLater,
  crashes,
  rejectsUnhandled,
  prints,
  printsAndExits,
  leavesABomb,
  killsItself,
  aborts,
  ignoresTermination,
  waitsNatively,
  interruptsItself,
  sendsToParent,
  readsSettings,
  eatsMemory,
  emitsChild,
  emitsChildren,
  emitsMeasured,
  emitsRefused,
  emitsLate,
  recurses,
  recursesHeedlessly,
  usesAnotherExecutor,
]) {
  defineHandler(import.meta.url, handler)
}

/** Defined with an event, whose schema takes text. */
export const measures = defineHandler(import.meta.url, Measured, function measures(length) {
  return length
})

/** Defined with two events; tells which one it is. */
export const tellsEvent = defineHandler(
  import.meta.url,
  [Work, MoreWork],
  function tellsEvent(job, { event }) {
    return `${event} ${job.label ?? ''}`
  },
)
