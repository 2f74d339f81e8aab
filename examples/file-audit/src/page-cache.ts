import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditOptions } from './audit.js'

/** Reads every file once, so that the first run does not pay the disk for all. */
export async function warmPageCache({ folder, files, signal }: AuditOptions): Promise<void> {
  for (const path of files) {
    if (signal.aborted) return
    // What cannot be read is the audit's to report.
    await readFile(join(folder, path)).catch(() => undefined)
  }
}
