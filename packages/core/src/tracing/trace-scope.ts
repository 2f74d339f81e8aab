import { AsyncResource } from 'node:async_hooks'
import { throwUncaught } from '../errors/failure-report.js'
import type { TraceScope } from './tracing.js'

/** Holds every `AsyncLocalStorage` as it is now, inside of the scopes, the first of which is the outermost. */
export function scopeInside(scopes: readonly TraceScope[]): AsyncResource {
  let inside: AsyncResource | undefined
  let enter = (): void => {
    inside = scopeOfNow()
  }
  for (const scope of scopes.toReversed()) {
    const next = enter
    enter = () => {
      scope(next)
    }
  }
  try {
    enter()
  } catch (error) {
    // As with any subscriber of a channel.
    throwUncaught(error)
  }
  return inside ?? scopeOfNow()
}

function scopeOfNow(): AsyncResource {
  return new AsyncResource('eventlane.trace', { requireManualDestroy: true })
}
