import { restartDelay, type ResolvedRestartOptions } from './restart.js'

/**
 * What a service is doing: `idle` before its host starts it; `starting`; `ready`; `down` between a crash and the restart;
 * `failed` when it crashed and is not restarted; `stopping`; and `stopped`, for good.
 */
export type ServiceStatus = 'idle' | 'starting' | 'ready' | 'down' | 'failed' | 'stopping' | 'stopped'

/** What happens to a service, as its supervisor sees it. */
export type SupervisionInput =
  | { readonly kind: 'start' }
  | { readonly kind: 'ready' }
  /** Its realm is gone, or of no use any more; `isHopeless` where another start would end the same. */
  | { readonly kind: 'lost'; readonly isHopeless?: boolean }
  /** The delay before its restart is over. */
  | { readonly kind: 'due' }
  | { readonly kind: 'stop' }

/** What is to be done about it. */
type SupervisionAction =
  | { readonly kind: 'launch' }
  | { readonly kind: 'wait'; readonly delayMs: number }
  | { readonly kind: 'halt' }
  | { readonly kind: 'none' }

/** All that the decisions about a service depend on. Times are milliseconds of one clock that never goes back. */
export interface Supervision {
  /** What the service is doing. */
  readonly status: ServiceStatus
  /** When it was restarted, within the window. */
  readonly restarts: readonly number[]
  /** Crashes in a row. */
  readonly failures: number
  /** Since when it is ready; `undefined` where it is not. */
  readonly readyAt: number | undefined
}

/** A service that has not been started. */
export const IDLE: Supervision = { status: 'idle', restarts: [], failures: 0, readyAt: undefined }

const NONE: SupervisionAction = { kind: 'none' }

/** A decision: the next state, which is the same object where nothing changes, and what to do. */
export interface SupervisionStep {
  /** The state from now on. */
  readonly next: Supervision
  /** What is to be done. */
  readonly action: SupervisionAction
}

/**
 * Decides what becomes of a service. What cannot happen in its state (a late message, a second stop) changes nothing.
 *
 * @param now the time, in milliseconds
 * @param chance a number from 0 to 1, for the jitter of delays
 */
export function supervise(
  state: Supervision,
  input: SupervisionInput,
  options: ResolvedRestartOptions,
  now: number,
  chance: number,
): SupervisionStep {
  const { status } = state
  switch (input.kind) {
    case 'start':
      return status === 'idle' ? go(state, 'starting', { kind: 'launch' }) : stay(state)
    case 'ready':
      return status === 'starting' ? go({ ...state, readyAt: now }, 'ready') : stay(state)
    case 'lost':
      if (status === 'stopping') return go(state, 'stopped')
      if (status !== 'starting' && status !== 'ready') return stay(state)
      return lose(state, input.isHopeless === true, options, now, chance)
    case 'due':
      if (status !== 'down') return stay(state)
      return go({ ...state, restarts: [...state.restarts, now] }, 'starting', { kind: 'launch' })
    case 'stop':
      if (status === 'starting' || status === 'ready') return go(state, 'stopping', { kind: 'halt' })
      if (status === 'stopping' || status === 'stopped') return stay(state)
      return go(state, 'stopped')
  }
}

function lose(
  state: Supervision,
  isHopeless: boolean,
  options: ResolvedRestartOptions,
  now: number,
  chance: number,
): SupervisionStep {
  const { strategy, maxRestarts, windowMs } = options
  const wasStable = state.readyAt !== undefined && now - state.readyAt >= windowMs
  const failures = wasStable ? 1 : state.failures + 1
  const restarts = state.restarts.filter((at) => at > now - windowMs)
  const lost = { ...state, failures, restarts, readyAt: undefined }
  if (isHopeless || strategy === 'never' || restarts.length >= maxRestarts) return go(lost, 'failed')
  return go(lost, 'down', { kind: 'wait', delayMs: restartDelay(options, failures, chance) })
}

function go(state: Supervision, status: ServiceStatus, action: SupervisionAction = NONE): SupervisionStep {
  return { next: { ...state, status }, action }
}

function stay(state: Supervision): SupervisionStep {
  return { next: state, action: NONE }
}
