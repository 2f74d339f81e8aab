import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The file in which handlers of any realm note that they start; they only ever append to it. */
export class FaultLedger {
  readonly #directory = mkdtempSync(join(tmpdir(), 'eventlane-faults-'))
  readonly file = join(this.#directory, 'starts')

  constructor() {
    writeFileSync(this.file, '')
  }

  /** How often each task has started, by handler and emission. */
  get starts(): ReadonlyMap<string, number> {
    const starts = new Map<string, number>()
    for (const task of readFileSync(this.file, 'utf8').split('\n').slice(0, -1)) {
      starts.set(task, (starts.get(task) ?? 0) + 1)
    }
    return starts
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
