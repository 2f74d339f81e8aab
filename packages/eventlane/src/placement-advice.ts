import { emitProcessWarning } from '@eventlane/core/executor'
import type { HandlerObservation, HandlerReport } from './handler-observation.js'
import { inMs, inPercent } from './placement-warnings.js'

/** A handler that is in the wrong place. */
export interface PlacementWarning {
  /** What is wrong: it blocks the event loop, or it costs more to get it to a worker than to run it. */
  readonly code: 'ERR_LOOP_BLOCKED' | 'ERR_TRANSFER_DOMINANT'
  /** The handler in words, `name (module)`. */
  readonly handler: string
  /** What it does, and what to do about it, in a sentence. */
  readonly message: string
  /** What was measured by then. */
  readonly report: HandlerReport
}

/** Warns as all of eventlane does. */
export function warn({ code, message, report }: PlacementWarning): void {
  const { handler, mode, runs, recommendation } = report
  emitProcessWarning({
    code,
    what: message,
    where: `handler ${handler}, in the mode ${mode}, after ${String(runs)} runs`,
    remedy: `it belongs in the mode ${recommendation.mode}: ${recommendation.reasons.join('; ')}`,
  })
}

/** What is to be said of a handler, if anything is. */
export function adviceOn(
  handler: HandlerObservation,
  maxBlockedMs: number,
  elapsedMs: number,
): PlacementWarning | undefined {
  const { blockedMs } = handler
  if (blockedMs !== undefined) {
    if (blockedMs <= maxBlockedMs) return undefined
    const report = handler.report(elapsedMs)
    return {
      code: 'ERR_LOOP_BLOCKED',
      handler: handler.handler,
      message: `${nameOf(handler)} blocked the event loop for ${inMs(blockedMs)} on average: ${remedyFor(report)}`,
      report,
    }
  }
  const report = handler.report(elapsedMs)
  if (report.recommendation.mode !== 'main-event-loop-async') return undefined
  return {
    code: 'ERR_TRANSFER_DOMINANT',
    handler: handler.handler,
    message: `${nameOf(handler)} spent ${inPercent(report.transferShare)} of its time on the way to its worker and back: link it to an inline executor`,
    report,
  }
}

function remedyFor({ profile }: HandlerReport): string {
  switch (profile.obstacle) {
    case 'closure':
      return 'make it a function of a module with defineHandler, and link it to a thread executor'
    case 'payload':
      return 'give it a payload that can be encoded, and link it to a thread executor'
    default:
      return 'link it to a thread executor'
  }
}

function nameOf({ handler, address }: HandlerObservation): string {
  return address?.name ?? handler.replace(/ \([^()]*\)$/, '')
}
