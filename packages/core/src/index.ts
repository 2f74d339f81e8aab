/**
 * Events, linker and emitter. What executors are made of is in `@eventlane/core/executor`.
 *
 * @module @eventlane/core
 */
export type { HandlerAddress, ModuleReference } from './address.js'
export { asCompleted, type AsCompletedOptions, type Completed } from './as-completed.js'
export { closeOnSignals, type Closable, type CloseOnSignalsOptions } from './close-on-signals.js'
export type { DebugOption } from './debug-log.js'
export { on, once } from './decorators.js'
export type { DurationStats } from './duration-histogram.js'
export { Emission, type TaskState } from './emission.js'
export { EventEmitter } from './emitter.js'
export type { DrainOptions, EmitOptions, EmitterOptions, ShutdownOptions } from './emitter-options.js'
export * from './errors.js'
export {
  defineEvent,
  payload,
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
  LocalExecutionMode,
} from './executor.js'
export { addressOf, defineHandler, type AnyHandler, type Handler } from './handler.js'
export type { HandlerContext } from './handler-context.js'
export type { DecoratorOptions, HandlerDecorator } from './handler-decorator.js'
export type { DefinedInput, HandlerInput, InputOfHandler, ResultOfHandler } from './handler-events.js'
export type { EmitterStats, HandlerStats } from './handler-stats.js'
export type {
  EmissionDraft,
  EmitterHooks,
  EndedTask,
  HookRegistration,
  SettledEmission,
  StartedTask,
} from './hooks.js'
export type { Overflow, QueueOptions } from './intake.js'
export { Link, type LinkFilter, type LinkOptions, type Settlement, type SettlementCallbacks } from './link.js'
export { EventLinker, type Binding, type LinkTuple } from './linker.js'
export type { LinkChange, LinkerOptions } from './linker-options.js'
export { mapTasks, type MapItems } from './map-tasks.js'
export type { Metadata } from './metadata.js'
export type { NextOptions } from './next-event.js'
export { EmissionReport, type Outcome, type OutcomeCounts } from './outcome.js'
export type { EmitArguments, PayloadArguments } from './payload-arguments.js'
export { payloads, PayloadCodec, type PayloadOrigin } from './payload-codec.js'
export type { PayloadLimits } from './payload-limits.js'
export type { CustomType } from './payload-registry.js'
export { isMainRealm } from './realm.js'
export type { RetryOptions } from './retry.js'
export type { MapOptions, RunOptions } from './run-options.js'
export { runTask, type RunArguments } from './run-task.js'
export { TaskHandle } from './task-handle.js'
export type { LinkOrder, OrderKey } from './task-order.js'
export { TaskResults } from './task-results.js'
export type { EmitMessage, HandleMessage } from './tracing.js'
export { waitAll, type Waited, type WaitOptions } from './wait-all.js'
