import { describe } from 'vitest'
import type { ExecutorFactory } from './executor-factory.js'
import { checkForLeaks } from './leak-watch.js'
import { describeBackpressure } from './suites/backpressure.js'
import { describeCallbacks } from './suites/callbacks.js'
import { describeClassEvents } from './suites/class-events.js'
import { describeContextEmit } from './suites/context-emit.js'
import { describeDirectEndings } from './suites/direct-endings.js'
import { describeDirectMaps } from './suites/direct-maps.js'
import { describeDirectRoom } from './suites/direct-room.js'
import { describeDirectRuns } from './suites/direct-runs.js'
import { describeDirectTracing } from './suites/direct-tracing.js'
import { describeDirectWaits } from './suites/direct-waits.js'
import { describeDraining } from './suites/draining.js'
import { describeEndings } from './suites/endings.js'
import { describeEventSelections } from './suites/event-selections.js'
import { describeFailures } from './suites/failures.js'
import { describeFilters } from './suites/filters.js'
import { describeHooks } from './suites/hooks.js'
import { describeMetadata } from './suites/metadata.js'
import { describeModes } from './suites/modes.js'
import { describeObserving } from './suites/observing.js'
import { describeOnceLinks } from './suites/once-links.js'
import { describeOrder } from './suites/order.js'
import { describePayloads } from './suites/payloads.js'
import { describePortableHandlers } from './suites/portable-handlers.js'
import { describeRandomMixes } from './suites/random-mixes.js'
import { describeReceivers } from './suites/receivers.js'
import { describeRetry } from './suites/retry.js'
import { describeSeveralExecutors } from './suites/several-executors.js'
import { describeStartsAndOrder } from './suites/starts-and-order.js'
import { describeTimeoutsAndCancelling } from './suites/timeouts-and-cancelling.js'
import { describeWorkerLoss } from './suites/worker-loss.js'

/**
 * The conformance suite: what every executor promises, as vitest tests. What an executor does not claim in its
 * `capabilities` is not left out, but tested for what it does instead.
 *
 * @param name how the executor is called in reports
 * @param factory makes an executor; see {@link ExecutorFactory}
 * @example
 * ```ts
 * import { describeExecutor, type ExecutorFactory } from '@eventlane/testing'
 *
 * declare const makeExecutor: ExecutorFactory // yours: (options) => new MyExecutor(options)
 *
 * describeExecutor('MyExecutor', makeExecutor)
 * ```
 */
export function describeExecutor(name: string, factory: ExecutorFactory): void {
  describe(`${name} conforms`, { timeout: 20_000 }, () => {
    checkForLeaks()
    describeStartsAndOrder(factory)
    describePayloads(factory)
    describeFailures(factory)
    describeCallbacks(factory)
    describeOnceLinks(factory)
    describeEventSelections(factory)
    describeFilters(factory)
    describeClassEvents(factory)
    describeReceivers(factory)
    describeWorkerLoss(factory)
    describeTimeoutsAndCancelling(factory)
    describeRetry(factory)
    describeOrder(factory)
    describeBackpressure(factory)
    describeEndings(factory)
    describeDraining(factory)
    describeContextEmit(factory)
    describeMetadata(factory)
    describeHooks(factory)
    describeSeveralExecutors(factory)
    describePortableHandlers(factory)
    describeModes(factory)
    describeRandomMixes(factory)
    describeObserving(factory)
    describeDirectRuns(factory)
    describeDirectEndings(factory)
    describeDirectRoom(factory)
    describeDirectTracing(factory)
    describeDirectWaits(factory)
    describeDirectMaps(factory)
  })
}
