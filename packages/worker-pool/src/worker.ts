/**
 * The worker's side of a pool, for worker entries. It imports nothing that a worker does not need.
 *
 * @module @eventlane/worker-pool/worker
 */
export type { LaneConnection, LaneItem, LaneSettings, WorkerItem } from './lane-message.js'
export { serveLane } from './lane-server.js'
