/**
 * What executors, hosts of services and instrumentations are made of. Programs that emit and handle events need none of it.
 *
 * @module @eventlane/core/executor
 */
export { addressKey, formatAddress, moduleUrl } from './address.js'
export { Admission } from './admission.js'
export { Backlog } from './backlog.js'
export { Chain, type Chained } from './chain.js'
export { classEventModules, classEventVersion, isClassEventDefined } from './class-event.js'
export type { EmissionParent } from './emission.js'
export type { ErrorParts } from './error-message.js'
export { emittedBy, eventName, validatePayload } from './event-definition.js'
export { eventKeys } from './event-selector.js'
export type { Task, TaskGate, TaskResult } from './executor.js'
export { warnOfFailure } from './failure-report.js'
export { handlerAt, handlerNames, type BoundHandler } from './handler.js'
export { Intake, QUEUE_OPTIONS, type IntakeHost } from './intake.js'
export { LocalRunner } from './local-runner.js'
export {
  checkOptions,
  isBoolean,
  isDelayMs,
  isFunction,
  isLimit,
  isPlainObject,
  isPositiveInteger,
  isPositiveMs,
} from './options.js'
export { Payload, type Passage } from './payload.js'
export { emitProcessWarning } from './process-warning.js'
export { enterWorkerRealm, isImportingHandlers, realmKind, whileImporting, type RealmKind } from './realm.js'
export { TaskMeter, type TaskTotals } from './task-meter.js'
export { TaskQueue } from './task-queue.js'
export { currentTask } from './task-scope.js'
export { isError, showThrown } from './thrown.js'
export type { TraceExtension, TraceScope } from './tracing.js'
export { UnsettledCount } from './unsettled-count.js'
export { tracedHandler, type WorkMessage } from './work-trace.js'
