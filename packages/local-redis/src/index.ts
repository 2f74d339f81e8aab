/**
 * Finds a Redis, or starts one, for programs of this repository that need one.
 *
 * @module @eventlane/local-redis
 */
export { INSTALL_REDIS } from './install-redis.js'
export { hasRedisFor } from './redis-for-tests.js'
export { findLocalRedis, type LocalRedis } from './local-redis.js'
export type { ServerOptions } from './redis-server.js'
