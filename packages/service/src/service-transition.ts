import { defineEvent, payload } from '@eventlane/core'
import type { ServiceStatus } from './supervision.js'

/** A change in what a service is doing. */
export interface ServiceTransition {
  /** What its host calls it. */
  readonly service: string
  /** What it was doing. */
  readonly from: ServiceStatus
  /** What it does now. */
  readonly to: ServiceStatus
  /** Which start it is about, from 1; 0 before the first. */
  readonly incarnation: number
  /** Why, where it crashed or has failed, in words. */
  readonly reason: string | undefined
  /** Before its restart, in milliseconds, where it is `down`. */
  readonly delayMs: number | undefined
}

/**
 * Emitted by hosts, from their emitter, for each {@link ServiceTransition}.
 *
 * @example
 * ```ts
 * import { EventLinker } from '@eventlane/core'
 * import { ServiceChanged } from '@eventlane/service'
 *
 * EventLinker.default.on(ServiceChanged, ({ service, to, reason }) => console.log(service, to, reason ?? ''), { local: true })
 * ```
 */
export const ServiceChanged = defineEvent('eventlane.service.changed', payload<ServiceTransition>())
