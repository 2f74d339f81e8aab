import type { EnvelopeRetry } from './envelope.js'

/** How long to wait after a failed attempt, in milliseconds. */
export function retryDelay({ backoff, delayMs, maxDelayMs, jitter }: EnvelopeRetry, attempt: number): number {
  const full = backoff === 'fixed' ? delayMs : delayMs * 2 ** (attempt - 1)
  return Math.min(full, maxDelayMs) * (1 - jitter * Math.random())
}
