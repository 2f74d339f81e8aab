/**
 * Long-lived services with state of their own, in the program, in threads or in processes, under supervision.
 *
 * @module @eventlane/service
 */
export { HostStartError, ServiceLostError, ServiceUnavailableError, type ServiceLoss } from './errors.js'
export { Host, type HostOptions, type StopOptions } from './host.js'
export { HostedService, type ServiceHealth } from './hosted-service.js'
export type { RestartOptions, RestartStrategy } from './restart.js'
export type { ServiceContext, ServiceSubscription, StopService } from './service-context.js'
export { defineService, type ServiceDefinition, type ServiceParts } from './service-definition.js'
export type { HeartbeatOptions, ServiceOptions, ServiceSettings } from './service-options.js'
export { ServiceChanged, type ServiceTransition } from './service-transition.js'
export type { ServiceStatus } from './supervision.js'
