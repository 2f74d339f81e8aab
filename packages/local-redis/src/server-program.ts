import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const PROGRAMS = ['redis-server', 'valkey-server']

/**
 * The path of a Redis server on this machine, or of a Valkey.
 *
 * @param path the directories to search, as in the variable `PATH`
 */
export function findServerProgram(path: string): string | undefined {
  const directories = path.split(delimiter).filter((directory) => directory !== '')
  return PROGRAMS.flatMap((program) => directories.map((directory) => join(directory, program))).find(
    isExecutable,
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
