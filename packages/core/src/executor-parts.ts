/**
 * What executors, hosts of services and instrumentations are made of. Programs that emit and handle events need none of it.
 *
 * @module @eventlane/core/executor
 */
export { addressKey, formatAddress, moduleUrl } from './address.js'
export { Admission } from './handler/admission.js'
export { Backlog } from './executor/backlog.js'
export { Chain, type Chained } from './executor/chain.js'
export { classEventModules, classEventVersion, isClassEventDefined } from './event/class-event.js'
export type { EmissionParent } from './emitter/emission.js'
export type { ErrorParts } from './errors/error-message.js'
export { emittedBy, eventName, validatePayload } from './event/event-definition.js'
export { eventKeys } from './event/event-selector.js'
export type { Task, TaskGate, TaskResult } from './executor/executor.js'
export { warnOfFailure } from './errors/failure-report.js'
export { handlerAt, handlerNames, type BoundHandler } from './handler/handler.js'
export { Intake, QUEUE_OPTIONS, type IntakeHost } from './executor/intake.js'
export { LocalRunner } from './executor/local-runner.js'
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
export { Payload, type Passage } from './payload/payload.js'
export { emitProcessWarning } from './errors/process-warning.js'
export {
  enterWorkerRealm,
  isImportingHandlers,
  realmKind,
  whileImporting,
  type RealmKind,
} from './handler/realm.js'
export { TaskMeter, type TaskTotals } from './executor/task-meter.js'
export { TaskQueue } from './executor/task-queue.js'
export { currentTask } from './executor/task-scope.js'
export { isError, showThrown } from './errors/thrown.js'
export type { TraceExtension, TraceScope } from './tracing/tracing.js'
export { UnsettledCount } from './executor/unsettled-count.js'
export { tracedHandler, type WorkMessage } from './tracing/work-trace.js'
