/**
 * Events, linker and emitter. What executors are made of is in `@eventlane/core/executor`.
 *
 * @module @eventlane/core
 */
export type { HandlerAddress, ModuleReference } from './address.js'
export { asCompleted, type AsCompletedOptions, type Completed } from './run/as-completed.js'
export { closeOnSignals, type Closable, type CloseOnSignalsOptions } from './emitter/close-on-signals.js'
export type { DebugOption } from './tracing/debug-log.js'
export { on, once } from './link/decorators.js'
export type { DurationStats } from './emitter/duration-histogram.js'
export { Emission, type TaskState } from './emitter/emission.js'
export { EventEmitter } from './emitter/emitter.js'
export type { DrainOptions, EmitOptions, EmitterOptions, ShutdownOptions } from './emitter/emitter-options.js'
export * from './errors/errors.js'
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
} from './event/event-definition.js'
export {
  anyEvent,
  type ContextFor,
  type EventNamespace,
  type EventSelection,
  type EventSelector,
  type Occurrence,
  type PayloadFor,
  type Received,
} from './event/event-selector.js'
export { EventStream, type StreamOptions } from './link/event-stream.js'
export type {
  ExecutionMode,
  Executor,
  ExecutorCapabilities,
  ExecutorStats,
  LocalExecutionMode,
} from './executor/executor.js'
export { addressOf, defineHandler, type AnyHandler, type Handler } from './handler/handler.js'
export type { HandlerContext } from './handler/handler-context.js'
export type { DecoratorOptions, HandlerDecorator } from './link/handler-decorator.js'
export type { DefinedInput, HandlerInput, InputOfHandler, ResultOfHandler } from './handler/handler-events.js'
export type { EmitterStats, HandlerStats } from './emitter/handler-stats.js'
export type {
  EmissionDraft,
  EmitterHooks,
  EndedTask,
  HookRegistration,
  SettledEmission,
  StartedTask,
} from './emitter/hooks.js'
export type { Overflow, QueueOptions } from './executor/intake.js'
export {
  Link,
  type LinkFilter,
  type LinkOptions,
  type Settlement,
  type SettlementCallbacks,
} from './link/link.js'
export { EventLinker, type Binding, type LinkTuple } from './link/linker.js'
export type { LinkChange, LinkerOptions } from './link/linker-options.js'
export { mapTasks, type MapItems } from './run/map-tasks.js'
export type { Metadata } from './payload/metadata.js'
export type { NextOptions } from './link/next-event.js'
export { EmissionReport, type Outcome, type OutcomeCounts } from './executor/outcome.js'
export type { EmitArguments, PayloadArguments } from './event/payload-arguments.js'
export { payloads, PayloadCodec, type PayloadOrigin } from './payload/payload-codec.js'
export type { PayloadLimits } from './payload/payload-limits.js'
export type { CustomType } from './payload/payload-registry.js'
export { isMainRealm } from './handler/realm.js'
export type { RetryOptions } from './executor/retry.js'
export type { MapOptions, RunOptions } from './run/run-options.js'
export { runTask, type RunArguments } from './run/run-task.js'
export { TaskHandle } from './run/task-handle.js'
export type { LinkOrder, OrderKey } from './executor/task-order.js'
export { TaskResults } from './run/task-results.js'
export type { EmitMessage, HandleMessage } from './tracing/tracing.js'
export { waitAll, type Waited, type WaitOptions } from './run/wait-all.js'
