import { stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The files in the order in which they are best given to several workers: were a large one last, a single worker would be
 * busy with it while the others have nothing left to do.
 */
export async function largestFirst(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const sized = await Promise.all(
    files.map(async (path) => ({ path, bytes: await sizeOf(join(folder, path)) })),
  )
  return sized.sort((one, other) => other.bytes - one.bytes).map(({ path }) => path)
}

/** 0 for a file that is gone: the audit will report it. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    return 0
  }
}
