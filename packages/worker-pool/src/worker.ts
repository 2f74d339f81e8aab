/**
 * The worker's side of a pool, for worker entries. It imports nothing that a worker does not need.
 *
 * @module @eventlane/worker-pool/worker
 */
export { blockOnOutput } from './blocking-output.js'
export { importClasses, nameClass } from './class-module.js'
export { findHandler, importModuleOnce, type Loader } from './handler-module.js'
export { keepListeners } from './kept-listeners.js'
export { onLastWords } from './last-words.js'
export {
  itemsOf,
  type LaneConnection,
  type LaneItem,
  type LaneSettings,
  type ProcessMessage,
  type WorkerItem,
} from './lane-message.js'
export { serveLane } from './lane-server.js'
export { Outbox } from './outbox.js'
export { TaskClaims } from './task-claims.js'
export { watchParent } from './watchdog.js'
