/**
 * What a bundle that contains this package has to have beside it.
 *
 * @module @eventlane/executor-thread/bundler
 */
import { fileURLToPath } from 'node:url'
import { tinypoolEntries } from '@eventlane/worker-pool/bundler'

/** Further entries of a bundle that contains this package, by the name of the file that each has to become, without `.js`. */
export const workerEntries: Readonly<Record<string, string>> = {
  'thread-lane': fileURLToPath(new URL('./thread-lane.js', import.meta.url)),
  ...tinypoolEntries('thread'),
}
