import { existsSync } from 'node:fs'
import { PoolBrokenError } from '@eventlane/core'
import type { WorkerKind } from '../lane/pool-worker.js'

/**
 * Sees that the module of the workers is where a bundler has left it.
 *
 * @throws PoolBrokenError
 */
export function checkWorkerEntry({ kind, entry }: WorkerKind): void {
  let module: URL
  try {
    module = entry()
  } catch (cause) {
    throw bundledWithout(
      kind,
      'eventlane does not know where it is, since it is in a bundle that is no ES module',
      cause,
    )
  }
  if (existsSync(module)) return
  throw bundledWithout(kind, `the module that each worker runs is not there: ${module.href}`)
}

function bundledWithout(kind: string, what: string, cause?: unknown): PoolBrokenError {
  return new PoolBrokenError(kind, 0, new Error(what, cause === undefined ? {} : { cause }), REMEDY)
}

const REMEDY =
  "where a bundle contains eventlane, keep it out (esbuild: packages: 'external'; Vite: ssr.external), or build the worker entries of eventlane/bundler into the same folder, as ES modules"
