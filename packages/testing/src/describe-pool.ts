import { describe } from 'vitest'
import type { PoolFactory } from './executor-factory.js'
import { checkForLeaks } from './leak-watch.js'
import { describePoolOptions } from './suites/pool-options.js'
import { describePools } from './suites/pools.js'

/**
 * Tests what pools of workers promise beyond what every executor does: workers that run out of memory, do not start, or
 * import modules without end, and options that it refuses.
 *
 * @param name how the pool is called in reports
 * @param factory makes a pool; see {@link PoolFactory}
 * @example
 * ```ts
 * import { describePool, type PoolFactory } from '@eventlane/testing'
 *
 * declare const makePool: PoolFactory // yours: (options) => new MyPool(options)
 *
 * describePool('MyPool', makePool)
 * ```
 */
export function describePool(name: string, factory: PoolFactory): void {
  describe(`${name} is a pool`, { timeout: 30_000 }, () => {
    checkForLeaks()
    describePools(factory)
    describePoolOptions(factory)
  })
}
