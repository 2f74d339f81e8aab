import type { HandlerAddress, LocalExecutionMode } from '@eventlane/core'
import type { LoopTime } from './loop-meter.js'
import type { PayloadSample } from './payload-sample.js'
import { recommendExecutor, type Recommendation } from './recommend-executor.js'
import { HOP_MS, LONG_BLOCK_MS, shareOf, type WorkProfile } from './work-profile.js'

/** What was measured of one handler in one mode, by now; means, where not said otherwise. */
export interface HandlerReport {
  /** The handler in words, `name (module)`. */
  readonly handler: string
  /** The handler's address; `undefined` for a local one. */
  readonly address: HandlerAddress | undefined
  /** Where it ran. */
  readonly mode: LocalExecutionMode
  /** Runs that have ended, each attempt counted. */
  readonly runs: number
  /** From its start to its end, in milliseconds. */
  readonly runMs: number
  /** For how long in one go a run kept the main event loop busy, in milliseconds; `undefined` for handlers in workers. */
  readonly blockedMs: number | undefined
  /** The longest of all runs. */
  readonly longestBlockedMs: number | undefined
  /** For how long a run kept the main event loop busy in all, in milliseconds; `undefined` for handlers in workers. */
  readonly loopMs: number | undefined
  /** The size of the encoded payload, in bytes, of a sample of them; `undefined` where it cannot be encoded. */
  readonly payloadBytes: number | undefined
  /** The way of its payloads to a worker, in milliseconds, estimated by encoding and decoding a sample of them: the median. */
  readonly transferMs: number
  /** Which part of its time in a worker that is, or would be, from 0 to 1, by the median of its latest runs. */
  readonly transferShare: number
  /** How many were waiting or under way at a time. */
  readonly atOnce: number
  /** What {@link recommendExecutor} was asked. */
  readonly profile: WorkProfile
  /** What it answered. */
  readonly recommendation: Recommendation
}

/** So many are kept, for their medians: a run or a transfer that the machine has interrupted says little. */
const KEPT_TRANSFERS = 16
const KEPT_RUNS = 64

/** Adds up what is seen of one handler in one mode. */
export class HandlerObservation {
  readonly handler: string
  readonly address: HandlerAddress | undefined
  readonly mode: LocalExecutionMode
  isWarnedOf = false
  runs = 0
  #runMs = 0
  #waitMs = 0
  #loopMs = 0
  #blockedMs = 0
  #longestBlockedMs = 0
  #samples = 0
  #bytes = 0
  #isEncodable = true
  readonly #transfers: number[] = []
  /** The latest, in no order. */
  readonly #latestRunMs: number[] = []

  constructor(handler: string, address: HandlerAddress | undefined, mode: LocalExecutionMode) {
    this.handler = handler
    this.address = address
    this.mode = mode
  }

  /** A run has ended. */
  ended(runMs: number, waitMs: number, loop: LoopTime | undefined): void {
    this.#latestRunMs[this.runs % KEPT_RUNS] = runMs
    this.runs += 1
    this.#runMs += runMs
    this.#waitMs += waitMs
    if (loop === undefined) return
    this.#loopMs += loop.totalMs
    this.#blockedMs += loop.longestMs
    this.#longestBlockedMs = Math.max(this.#longestBlockedMs, loop.longestMs)
  }

  sampled({ bytes, transferMs }: PayloadSample): void {
    if (bytes === undefined) {
      this.#isEncodable = false
      return
    }
    this.#samples += 1
    this.#bytes += bytes
    this.#transfers.push(transferMs)
    if (this.#transfers.length > KEPT_TRANSFERS) this.#transfers.shift()
  }

  get #isOnMainLoop(): boolean {
    return this.mode === 'main-event-loop-async'
  }

  /** How long in one go a run kept the main event loop busy; `undefined` for handlers in workers. */
  get blockedMs(): number | undefined {
    return this.#isOnMainLoop ? this.#blockedMs / this.runs : undefined
  }

  /** @param elapsedMs for how long it has been observed */
  report(elapsedMs: number): HandlerReport {
    const { handler, address, mode, runs, blockedMs } = this
    const runMs = this.#runMs / runs
    const loopMs = this.#isOnMainLoop ? this.#loopMs / runs : undefined
    const payloadBytes = this.#isEncodable ? this.#bytes / Math.max(this.#samples, 1) : undefined
    const transferMs = medianOf(this.#transfers)
    const transferShare = shareOf(transferMs, medianOf(this.#latestRunMs))
    // Little's law: as many are there on average as come in a while, times how long each stays.
    const atOnce = Math.max(Math.round((this.#runMs + this.#waitMs) / elapsedMs), 1)
    const profile: WorkProfile = {
      work: workOf(runMs, loopMs, blockedMs),
      runMs,
      ...(blockedMs !== undefined && { blockedMs }),
      payloadBytes: payloadBytes ?? 0,
      transferShare,
      atOnce,
      obstacle: this.#obstacle,
      mode,
    }
    return {
      handler,
      address,
      mode,
      runs,
      runMs,
      blockedMs,
      longestBlockedMs: this.#isOnMainLoop ? this.#longestBlockedMs : undefined,
      loopMs,
      payloadBytes,
      transferMs,
      transferShare,
      atOnce,
      profile,
      recommendation: recommendExecutor(profile),
    }
  }

  get #obstacle(): 'none' | 'closure' | 'payload' {
    if (this.address === undefined) return 'closure'
    return this.#isEncodable ? 'none' : 'payload'
  }
}

/** What a handler does most of its time. Where it runs in a worker, nobody here can tell. */
function workOf(
  runMs: number,
  loopMs: number | undefined,
  blockedMs: number | undefined,
): WorkProfile['work'] {
  if (loopMs === undefined || blockedMs === undefined) return 'unknown'
  // What is between the start of a run and its handler is no wait.
  if (loopMs >= runMs / 2 || runMs - loopMs < HOP_MS) return 'cpu'
  return blockedMs >= LONG_BLOCK_MS ? 'mixed' : 'io'
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
