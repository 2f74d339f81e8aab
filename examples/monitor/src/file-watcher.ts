import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { defineService } from '@eventlane/service'
import { z } from 'zod'
import { FileChanged, type FileChange } from './events.js'

/** What was seen of a file. */
interface Seen {
  readonly bytes: number
  readonly modifiedMs: number
}

/** Looks at the files of a folder again and again, and tells what has happened to them. Its state is what it saw last. */
export const fileWatcher = defineService(import.meta.url, {
  name: 'file-watcher',
  config: z.object({ folder: z.string(), everyMs: z.number().positive() }),
  async start({ config, signal, ready, emit, health }) {
    let known = new Map<string, Seen>()
    let looks = 0
    health(() => ({ files: known.size, looks }))
    ready()
    for (;;) {
      const seen = await lookAt(config.folder)
      for (const change of differences(known, seen)) await emit(FileChanged, change)
      known = seen
      looks += 1
      await sleep(config.everyMs, undefined, { signal })
    }
  },
})

async function lookAt(folder: string): Promise<Map<string, Seen>> {
  const seen = new Map<string, Seen>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // It may have gone since it was listed.
    const found = await stat(path).catch(() => undefined)
    if (found) seen.set(relative(folder, path), { bytes: found.size, modifiedMs: found.mtimeMs })
  }
  return seen
}

function differences(before: ReadonlyMap<string, Seen>, after: ReadonlyMap<string, Seen>): FileChange[] {
  const changes: FileChange[] = []
  for (const [path, { bytes, modifiedMs }] of after) {
    const old = before.get(path)
    if (old === undefined) changes.push({ path, change: 'appeared', bytes })
    else if (old.bytes !== bytes || old.modifiedMs !== modifiedMs)
      changes.push({ path, change: 'changed', bytes })
  }
  for (const path of before.keys()) if (!after.has(path)) changes.push({ path, change: 'vanished', bytes: 0 })
  return changes
}
