import { findProgram } from '@eventlane/local-programs'

/**
 * The path of a Redis server on this machine, or of a Valkey.
 *
 * @param path the directories to search, as in the variable `PATH`
 */
export function findServerProgram(path: string): string | undefined {
  return findProgram(['redis-server', 'valkey-server'], path)
}
