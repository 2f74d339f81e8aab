import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * The path of the first of several programs that this machine has.
 *
 * @param names of the programs, the best first
 * @param path the directories to search, as in the variable `PATH`
 */
export function findProgram(names: readonly string[], path: string): string | undefined {
  const directories = path.split(delimiter).filter((directory) => directory !== '')
  return names
    .flatMap((name) => directories.map((directory) => join(directory, name)))
    .find((file) => isExecutable(file))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
