/**
 * Events, linker, emitter, and the contract of executors.
 *
 * @module @eventlane/core
 */
export { Admission } from './admission.js'
export { addressKey, formatAddress, moduleUrl, type HandlerAddress, type ModuleReference } from './address.js'
export { classEventModules, classEventVersion, isClassEventDefined } from './class-event.js'
export { asCompleted, type AsCompletedOptions, type Completed } from './as-completed.js'
export { closeOnSignals, type Closable, type CloseOnSignalsOptions } from './close-on-signals.js'
export { Emission, type EmissionParent, type TaskState } from './emission.js'
export { EventEmitter } from './emitter.js'
export type { DrainOptions, EmitOptions, EmitterOptions, ShutdownOptions } from './emitter-options.js'
export * from './errors.js'
export type { ErrorParts } from './error-message.js'
export {
  defineEvent,
  emittedBy,
  eventName,
  payload,
  validatePayload,
  type ClassEventDefinition,
  type DefaultEvents,
  type EventDefinition,
  type EventInstance,
  type EventReference,
  type InputFor,
  type InputOf,
  type PayloadOf,
  type PayloadType,
} from './event-definition.js'
export {
  anyEvent,
  eventKeys,
  type ContextFor,
  type EventNamespace,
  type EventSelection,
  type EventSelector,
  type Occurrence,
  type PayloadFor,
  type Received,
} from './event-selector.js'
export { EventStream, type StreamOptions } from './event-stream.js'
export type {
  ExecutionMode,
  Executor,
  ExecutorCapabilities,
  ExecutorStats,
  Task,
  TaskGate,
  TaskResult,
} from './executor.js'
export {
  addressOf,
  defineHandler,
  handlerAt,
  handlerNames,
  type AnyHandler,
  type BoundHandler,
  type Handler,
} from './handler.js'
export type {
  EmissionDraft,
  EmitterHooks,
  EndedTask,
  HookRegistration,
  SettledEmission,
  StartedTask,
} from './hooks.js'
export type { DefinedInput, HandlerInput, InputOfHandler, ResultOfHandler } from './handler-events.js'
export type { HandlerContext } from './handler-context.js'
export type { DecoratorOptions, HandlerDecorator } from './handler-decorator.js'
export {
  Link,
  type LinkFilter,
  type LinkOptions,
  type LinkReceiver,
  type LinkSettings,
  type Settlement,
  type SettlementCallbacks,
} from './link.js'
export type { DebugOption } from './debug-log.js'
export { on, once } from './decorators.js'
export { EventLinker, type Binding, type LinkTuple } from './linker.js'
export type { LinkChange, LinkerOptions } from './linker-options.js'
export type { NextOptions } from './next-event.js'
export { LocalRunner } from './local-runner.js'
export { EmissionReport, type Outcome, type OutcomeCounts } from './outcome.js'
export type { Metadata } from './metadata.js'
export type { EmitArguments, PayloadArguments } from './payload-arguments.js'
export { Payload, type Passage } from './payload.js'
export { payloads, PayloadCodec, type PayloadOrigin } from './payload-codec.js'
export type { PayloadLimits } from './payload-limits.js'
export type { CustomType } from './payload-registry.js'
export {
  enterWorkerRealm,
  isImportingHandlers,
  isMainRealm,
  realmKind,
  whileImporting,
  type RealmKind,
} from './realm.js'
export type { DurationStats } from './duration-histogram.js'
export type { EmitterStats, HandlerStats } from './handler-stats.js'
export type { MapOptions, RunOptions } from './run-options.js'
export { mapTasks, type Items } from './map-tasks.js'
export { runTask, type RunArguments } from './run-task.js'
export { TaskHandle } from './task-handle.js'
export { TaskResults } from './task-results.js'
export { waitAll, type Waited, type WaitOptions } from './wait-all.js'
export type { RetryOptions } from './retry.js'
export type { LinkOrder, OrderKey } from './task-order.js'
export { warnOfFailure } from './failure-report.js'
export { emitProcessWarning } from './process-warning.js'
export { Backlog } from './backlog.js'
export { Intake, QUEUE_OPTIONS, type IntakeHost, type Overflow, type QueueOptions } from './intake.js'
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
export { TaskQueue } from './task-queue.js'
export { TaskMeter, type TaskTotals } from './task-meter.js'
export { currentTask } from './task-scope.js'
export { UnsettledCount } from './unsettled-count.js'
export { Chain, type Chained } from './chain.js'
export type { EmitMessage, HandleMessage, TraceExtension, TraceScope } from './tracing.js'
export { tracedHandler, type WorkMessage } from './work-trace.js'
export { isError, showThrown } from './thrown.js'
