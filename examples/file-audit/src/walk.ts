import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { failureOf, type Failure } from './failure.js'

/** What a walk found, relative to the folder, with `/` between names. */
export interface Walk {
  /** Sorted by path. */
  readonly files: readonly string[]
  /** Folders that could not be read. */
  readonly failures: readonly Failure[]
}

/**
 * Lists all regular files below a folder. Symbolic links are not followed, so that each file is met once and the walk
 * ends also where links form a circle.
 *
 * @throws the file system's error when the folder itself cannot be read
 */
export async function walk(folder: string, signal: AbortSignal): Promise<Walk> {
  const files: string[] = []
  const failures: Failure[] = []
  const folders = ['']
  for (let at = folders.pop(); at !== undefined && !signal.aborted; at = folders.pop()) {
    try {
      for (const entry of await readdir(join(folder, at), { withFileTypes: true })) {
        const path = at === '' ? entry.name : `${at}/${entry.name}`
        if (entry.isDirectory()) folders.push(path)
        else if (entry.isFile()) files.push(path)
      }
    } catch (error) {
      if (at === '') throw error
      failures.push(failureOf(at, error))
    }
  }
  return { files: files.sort(), failures }
}
