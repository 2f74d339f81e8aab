/**
 * What a bundle that contains eventlane has to have beside it.
 *
 * @module eventlane/bundler
 */
import { workerEntries as processEntries } from '@eventlane/executor-process/bundler'
import { workerEntries as threadEntries } from '@eventlane/executor-thread/bundler'

/**
 * Further entries of a bundle that contains eventlane: the modules that run in its workers, by the name of the file that each has
 * to become, without `.js`. Bundlers take them beside the program's own entry; all output goes into one folder, as ES modules.
 *
 * @example
 * ```ts
 * import { build } from 'esbuild'
 * import { workerEntries } from 'eventlane/bundler'
 *
 * await build({
 *   entryPoints: { main: 'src/main.ts', ...workerEntries },
 *   outdir: 'dist',
 *   bundle: true,
 *   platform: 'node',
 *   format: 'esm',
 *   splitting: true,
 *   keepNames: true,
 * })
 * ```
 */
export const workerEntries: Readonly<Record<string, string>> = { ...threadEntries, ...processEntries }
