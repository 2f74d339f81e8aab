import { InvalidLinkError, type RetryOptions } from '@eventlane/core'
import type { Task } from '@eventlane/core/executor'
import type { BackoffStrategy, JobsOptions } from 'bullmq'
import type { ResolvedExecutorOptions } from '../executor/bullmq-options.js'
import type { EnvelopeRetry } from './envelope.js'

/** What `retry` of a link leaves out, as it is for local executors. */
const RETRY = { attempts: 3, backoff: 'exponential', delayMs: 100, maxDelayMs: 30_000, jitter: 0.5 } as const

/** A backoff of ours, since BullMQ's own knows no longest delay. */
const CAPPED = 'eventlane-capped-'

/**
 * How a link wants its tasks tried again, in full.
 *
 * @throws InvalidLinkError where only the emitter could do that
 */
export function retryOf({ event, label }: Task, retry: RetryOptions): EnvelopeRetry {
  if (retry.retryIf !== undefined)
    throw new InvalidLinkError(
      'the link has the option retry.retryIf, a function that only the emitter could call, which does not hear of results',
      `event ${JSON.stringify(event)}, handler ${label}`,
      "leave retryIf out, or give the executor { results: 'await' }",
    )
  const { attempts = RETRY.attempts, backoff = RETRY.backoff, jitter = RETRY.jitter } = retry
  const { maxDelayMs = RETRY.maxDelayMs, delayMs = Math.min(RETRY.delayMs, maxDelayMs) } = retry
  return { attempts, backoff, delayMs, maxDelayMs, jitter }
}

/** How the executor wants tasks tried again whose links do not say. */
export function defaultRetry({ attempts, backoff }: ResolvedExecutorOptions): EnvelopeRetry {
  const { type, ...delays } = backoff
  return { attempts, backoff: type, ...delays }
}

/** What BullMQ is told of it. */
export function attemptsOf(retry: EnvelopeRetry): Pick<JobsOptions, 'attempts' | 'backoff'> {
  const { attempts, backoff, delayMs: delay, maxDelayMs, jitter } = retry
  const isCapped = backoff === 'exponential' && delay * 2 ** (attempts - 2) > maxDelayMs
  const type = isCapped ? `${CAPPED}${String(maxDelayMs)}` : backoff
  return { attempts, backoff: { type, delay, jitter } }
}

/** How BullMQ finds the delay of a backoff of ours. */
export const backoffStrategy: BackoffStrategy = (attempt, type, _error, job) => {
  const backoff = job?.opts.backoff
  const { delay: delayMs = RETRY.delayMs, jitter = RETRY.jitter } = typeof backoff === 'object' ? backoff : {}
  const maxDelayMs = type?.startsWith(CAPPED) ? Number(type.slice(CAPPED.length)) : RETRY.maxDelayMs
  return Math.round(retryDelayMs({ backoff: 'exponential', delayMs, maxDelayMs, jitter }, attempt))
}

/** How long to wait after a failed attempt, in milliseconds. */
export function retryDelayMs(
  { backoff, delayMs, maxDelayMs, jitter }: Omit<EnvelopeRetry, 'attempts'>,
  attempt: number,
): number {
  const full = backoff === 'fixed' ? delayMs : delayMs * 2 ** (attempt - 1)
  return Math.min(full, maxDelayMs) * (1 - jitter * Math.random())
}
