/**
 * The worker's side of a pool, for worker entries. It imports nothing that a worker does not need.
 *
 * @module @eventlane/worker-pool/worker
 */
export { blockOnOutput } from './worker/blocking-output.js'
export { importClasses, nameClass } from './worker/class-module.js'
export { findHandler, importModuleOnce, type Loader } from './worker/handler-module.js'
export { keepListeners } from './worker/kept-listeners.js'
export { onLastWords } from './worker/last-words.js'
export {
  itemsOf,
  type LaneConnection,
  type LaneItem,
  type LaneSettings,
  type ProcessMessage,
  type WorkerItem,
} from './message/lane-message.js'
export { serveLane } from './worker/lane-server.js'
export { Outbox } from './message/outbox.js'
export { TaskClaims } from './message/task-claims.js'
export { watchParent } from './worker/watchdog.js'
