import { InvalidOptionError, type LocalExecutionMode } from '@eventlane/core'
import { checkOptions, isPositiveInteger } from '@eventlane/core/executor'
import { LOCAL_MODES } from './local-modes.js'

/** What a piece of work is like: what one has to know to choose where it runs. All but `work` may be left out. */
export interface WorkProfile {
  /**
   * What it does most of the time: `cpu` computes, `io` waits for sockets, files, timers, `mixed` waits and then computes so long
   * that others would notice. `unknown` where nobody has measured.
   */
  readonly work: 'cpu' | 'io' | 'mixed' | 'unknown'
  /** What it waits for: the operating system watches sockets itself, and a few threads of libuv do files. Default: `socket`. */
  readonly io?: 'socket' | 'file'
  /** How long one run takes, in milliseconds, waiting included. Default: not known. */
  readonly runMs?: number
  /** For how long it keeps an event loop busy in one go, in milliseconds. Default: where it computes, `runMs`. */
  readonly blockedMs?: number
  /** The size of one payload and its result, encoded, in bytes. Default: 0. */
  readonly payloadBytes?: number
  /**
   * Which part of its time in a worker is the way there and back, from 0 to 1. Default: estimated from `runMs` and `payloadBytes`,
   * or 0 where `runMs` is not known.
   */
  readonly transferShare?: number
  /** How many are to be under way at once. Default: 1. */
  readonly atOnce?: number
  /** Many short runs, one that ends, or one that goes on for as long as the program does. Default: `many-short`. */
  readonly lifetime?: 'many-short' | 'one-off' | 'long-lived'
  /** `own` is kept from run to run; `conversation` is kept while it and the main program talk. Default: `none`. */
  readonly state?: 'none' | 'own' | 'conversation'
  /**
   * What has to be its own: `heap`, so that what it allocates hurts nobody; `process`, so that it may crash, exit, or load native
   * code that does. Default: `none`.
   */
  readonly isolation?: 'none' | 'heap' | 'process'
  /** Whether it has to be ended and started anew when it hangs. Default: `false`. */
  readonly restarts?: boolean
  /** What keeps it in this realm: a handler that is a `closure`, or a `payload` that cannot be encoded. Default: `none`. */
  readonly obstacle?: 'none' | 'closure' | 'payload'
  /** Where it runs now, or is meant to run: what speaks against that is among the warnings. Default: nowhere yet. */
  readonly mode?: LocalExecutionMode
}

/** A profile with nothing left out, and what follows from it. */
export interface WorkFacts extends Required<Omit<WorkProfile, 'mode' | 'runMs' | 'blockedMs'>> {
  readonly mode: LocalExecutionMode | undefined
  readonly runMs: number | undefined
  /** How long others wait for it on a shared event loop, where somebody knows. */
  readonly blockedMs: number | undefined
  /** Whether the way to a worker takes more time than the work, which is so short that it hurts nobody. */
  readonly transfer: 'small' | 'dominant'
}

/** What keeps an event loop busy for so long in one go, in milliseconds, is felt by others. */
export const LONG_BLOCK_MS = 10

/** From `emit` to a waiting worker and back: what the benchmark `modes` shows for threads, and a little. */
export const HOP_MS = 0.05
/** Encoded and decoded in a millisecond: what the benchmark `codec` shows for a document of 100 KB. */
const BYTES_PER_MS = 100_000

const oneOf =
  (...values: readonly string[]) =>
  (value: unknown): boolean =>
    values.includes(value as string)
const isAmount = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && Number.isFinite(value)

const PROFILE_FIELDS: Readonly<Record<keyof WorkProfile, (value: unknown) => boolean>> = {
  work: oneOf('cpu', 'io', 'mixed', 'unknown'),
  io: oneOf('socket', 'file'),
  runMs: isAmount,
  blockedMs: isAmount,
  payloadBytes: isAmount,
  transferShare: (value) => isAmount(value) && Number(value) <= 1,
  atOnce: isPositiveInteger,
  lifetime: oneOf('many-short', 'one-off', 'long-lived'),
  state: oneOf('none', 'own', 'conversation'),
  isolation: oneOf('none', 'heap', 'process'),
  restarts: (value) => typeof value === 'boolean',
  obstacle: oneOf('none', 'closure', 'payload'),
  mode: oneOf(...LOCAL_MODES),
}

/** @throws InvalidOptionError when a field is unknown or wrong, or `work` is missing */
export function factsOf(profile: WorkProfile): WorkFacts {
  checkOptions(profile, PROFILE_FIELDS, () => 'recommendExecutor()')
  if ((profile as Partial<WorkProfile>).work === undefined) {
    throw new InvalidOptionError(
      'the field work is missing',
      'recommendExecutor()',
      "say what it mostly does: { work: 'cpu' }, 'io', 'mixed' or 'unknown'",
    )
  }
  const { work, runMs, payloadBytes = 0 } = profile
  const transferShare = profile.transferShare ?? shareOf(transferMsOf(payloadBytes), runMs)
  return {
    work,
    io: profile.io ?? 'socket',
    runMs,
    blockedMs: profile.blockedMs ?? (work === 'cpu' ? runMs : undefined),
    payloadBytes,
    transferShare,
    atOnce: profile.atOnce ?? 1,
    lifetime: profile.lifetime ?? 'many-short',
    state: profile.state ?? 'none',
    isolation: profile.isolation ?? 'none',
    restarts: profile.restarts ?? false,
    obstacle: profile.obstacle ?? 'none',
    mode: profile.mode,
    transfer: transferShare > 1 / 2 && (runMs ?? 0) < LONG_BLOCK_MS ? 'dominant' : 'small',
  }
}

/** How long a payload of that size is on its way, in milliseconds, by experience. */
function transferMsOf(bytes: number): number {
  return HOP_MS + bytes / BYTES_PER_MS
}

/** Which part of the whole the way is; 0 where nobody knows how long the work takes. */
export function shareOf(transferMs: number, runMs: number | undefined): number {
  return runMs === undefined ? 0 : transferMs / (transferMs + runMs)
}
