/**
 * The worker's side of a pool, for worker entries. It imports nothing that a worker does not need.
 *
 * @module @eventlane/worker-pool/worker
 */
export {
  itemsOf,
  type LaneConnection,
  type LaneItem,
  type LaneSettings,
  type ProcessMessage,
  type WorkerItem,
} from './lane-message.js'
export { importModuleOnce, type Loader } from './handler-module.js'
export { serveLane } from './lane-server.js'
export { TaskClaims } from './task-claims.js'
