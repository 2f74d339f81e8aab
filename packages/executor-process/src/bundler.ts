/**
 * What a bundle that contains this package has to have beside it.
 *
 * @module @eventlane/executor-process/bundler
 */
import { fileURLToPath } from 'node:url'
import { tinypoolEntries } from '@eventlane/worker-pool/bundler'

/** Further entries of a bundle that contains this package, by the name of the file that each has to become, without `.js`. */
export const workerEntries: Readonly<Record<string, string>> = {
  'process-lane': fileURLToPath(new URL('./process-lane.js', import.meta.url)),
  ...tinypoolEntries('process'),
}
