/**
 * The files of tinypool that a bundle which contains it has to have beside it.
 *
 * @module @eventlane/worker-pool/bundler
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const FILES = { thread: 'entry/worker', process: 'entry/process' }

/**
 * What tinypool runs in each worker, from where it looks for it: further entries of a bundle, by the name of the file that each
 * has to become, without `.js`.
 */
export function tinypoolEntries(kind: 'thread' | 'process'): Record<string, string> {
  const file = FILES[kind]
  const folder = dirname(createRequire(import.meta.url).resolve('tinypool'))
  return { [file]: join(folder, `${file}.js`) }
}
