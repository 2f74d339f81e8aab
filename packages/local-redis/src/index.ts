/**
 * Finds a Redis, or starts one, for programs of this repository that need one.
 *
 * @module @eventlane/local-redis
 */
export { freePort } from './free-port.js'
export { INSTALL_REDIS } from './install-redis.js'
export { hasRedisFor } from './redis-for-tests.js'
export { findLocalRedis, type LocalRedis } from './local-redis.js'
export { RedisServer, type ServerOptions } from './redis-server.js'
export { findServerProgram } from './server-program.js'
