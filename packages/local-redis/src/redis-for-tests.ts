import { INSTALL_REDIS } from './install-redis.js'
import { findServerProgram } from './server-program.js'

/**
 * Whether tests can have a Redis; where not, it says which tests are not run.
 *
 * @param tests what they are, in words
 * @throws Error where there is none and `EVENTLANE_REQUIRE_REDIS=1`
 */
export function hasRedisFor(tests: string): boolean {
  const { REDIS_URL, PATH = '', EVENTLANE_REQUIRE_REDIS } = process.env
  if (REDIS_URL || findServerProgram(PATH)) return true
  const what = `NOT RUN, for want of a Redis: ${tests}. ${INSTALL_REDIS}`
  if (EVENTLANE_REQUIRE_REDIS === '1') throw new Error(what)
  console.warn(what)
  return false
}
