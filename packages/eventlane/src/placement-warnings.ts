import type { WorkUnit } from './decision-table.js'
import type { LocalExecutionMode } from '@eventlane/core'
import { LONG_BLOCK_MS, type WorkFacts } from './work-profile.js'

const LARGE_FOR_PROCESS = 256 * 1024
const LARGE_FOR_THREAD = 2 * 1024 * 1024
/** Threads that libuv has for files, unless `UV_THREADPOOL_SIZE` says otherwise. */
const FILE_THREADS = 4

interface Warning {
  readonly modes: readonly LocalExecutionMode[]
  readonly when: (facts: WorkFacts, unit: WorkUnit) => boolean
  readonly effect: 'cannot work' | 'hurts'
  readonly text: (facts: WorkFacts) => string
}

const MAIN: readonly LocalExecutionMode[] = ['main-event-loop-async']
const THREADS: readonly LocalExecutionMode[] = ['separate-thread', 'separate-thread-async']
const PROCESSES: readonly LocalExecutionMode[] = ['separate-process', 'separate-process-async']
const PLAIN: readonly LocalExecutionMode[] = ['separate-thread', 'separate-process']
const ASYNC: readonly LocalExecutionMode[] = ['separate-thread-async', 'separate-process-async']
const WORKERS = [...THREADS, ...PROCESSES]

/** What speaks against a mode. */
const WARNINGS: readonly Warning[] = [
  {
    modes: WORKERS,
    when: ({ obstacle }) => obstacle === 'closure',
    effect: 'cannot work',
    text: () =>
      'no other realm can find a closure; make it a function of a module by defineHandler, or keep it here with { local: true }',
  },
  {
    modes: WORKERS,
    when: ({ obstacle }) => obstacle === 'payload',
    effect: 'cannot work',
    text: () =>
      'the payload cannot be encoded; pass plain data, or register its classes with payloads.registerClass',
  },
  {
    modes: [...MAIN, ...THREADS],
    when: ({ isolation }) => isolation === 'process',
    effect: 'cannot work',
    text: () => 'a crash or an exit of native code ends the whole program; only a process keeps it out',
  },
  {
    modes: MAIN,
    when: ({ isolation }) => isolation === 'heap',
    effect: 'cannot work',
    text: () => "it shares the program's heap; a worker has one of its own",
  },
  {
    modes: MAIN,
    when: ({ restarts }) => restarts,
    effect: 'cannot work',
    text: () =>
      'what hangs on the main event loop can be ended only with the program; a worker can be replaced',
  },
  {
    modes: MAIN,
    when: ({ work, blockedMs, transfer }) =>
      blockedMs === undefined
        ? (work === 'cpu' || work === 'mixed') && transfer === 'small'
        : blockedMs >= LONG_BLOCK_MS,
    effect: 'hurts',
    text: ({ blockedMs }) =>
      `it blocks the event loop ${blockedMs === undefined ? 'while it computes' : `for ${inMs(blockedMs)}`}, and everything else in the program waits; a thread does not`,
  },
  {
    modes: PROCESSES,
    when: ({ payloadBytes }) => payloadBytes >= LARGE_FOR_PROCESS,
    effect: 'hurts',
    text: ({ payloadBytes }) =>
      `each payload of ${inBytes(payloadBytes)} is encoded, sent through a pipe and decoded; pass a path or a key in its place, or use threads`,
  },
  {
    modes: THREADS,
    when: ({ payloadBytes }) => payloadBytes >= LARGE_FOR_THREAD,
    effect: 'hurts',
    text: ({ payloadBytes }) =>
      `each payload of ${inBytes(payloadBytes)} is encoded, copied and decoded; pass a path or a key in its place`,
  },
  {
    modes: WORKERS,
    when: ({ transfer }, unit) => transfer === 'dominant' && unit === 'handler',
    effect: 'hurts',
    text: ({ transferShare }) =>
      `${inPercent(transferShare)} of its time is the way to the worker and back; on the event loop there is none`,
  },
  {
    modes: WORKERS,
    when: ({ lifetime }, unit) => lifetime === 'one-off' && unit === 'handler',
    effect: 'hurts',
    text: () =>
      'starting a pool for one task takes longer than most tasks; give it { workers: 1 }, or one that is there',
  },
  {
    modes: WORKERS,
    when: ({ state, lifetime, mode }, unit) =>
      mode !== undefined && unit === 'service' && state !== 'none' && lifetime === 'many-short',
    effect: 'hurts',
    text: () =>
      'as a handler in a pool, every worker would have its own copy of the state; make it one service',
  },
  {
    modes: PLAIN,
    when: ({ work, atOnce }) => work === 'io' && atOnce > 1,
    effect: 'hurts',
    text: ({ atOnce }) =>
      `each worker waits for one at a time, and of ${String(atOnce)} the others queue; use the -async mode`,
  },
  {
    modes: ASYNC,
    when: ({ work }) => work === 'cpu',
    effect: 'hurts',
    text: () =>
      'handlers that compute take turns in a worker, and one that has to be killed takes the others along; use the plain mode',
  },
  {
    modes: [...MAIN, ...WORKERS],
    when: ({ work, io, atOnce }) =>
      (work === 'io' || work === 'mixed') && io === 'file' && atOnce > FILE_THREADS,
    effect: 'hurts',
    text: ({ atOnce }) =>
      `in each process, ${String(FILE_THREADS)} threads of libuv do all files, and ${String(atOnce)} at once queue for them; set UV_THREADPOOL_SIZE`,
  },
]

/** What speaks against a mode, in sentences that begin with it. */
export function warningsAbout(mode: LocalExecutionMode, facts: WorkFacts, unit: WorkUnit): string[] {
  return WARNINGS.filter(({ modes, when }) => modes.includes(mode) && when(facts, unit)).map(
    ({ effect, text }) => `${mode} ${effect}: ${text(facts)}`,
  )
}

/** A duration as people say it. */
export function inMs(ms: number): string {
  return `${ms >= 10 ? ms.toFixed(0) : ms.toPrecision(2)} ms`
}

export function inPercent(share: number): string {
  return `${String(Math.round(share * 100))} %`
}

function inBytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(0)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
