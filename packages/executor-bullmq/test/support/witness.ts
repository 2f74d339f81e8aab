import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'

/** How long a condition may take before the test that waits for it fails, in milliseconds. */
const PATIENCE_MS = 15_000
const POLL_MS = 4

/** One thing that a handler said it did. */
export interface Testimony {
  /** What happened, such as `started`. */
  readonly what: string
  /** The label of the job. */
  readonly label: string
  readonly pid: number
  readonly threadId: number
}

/** Where handlers of any realm leave their testimonies: the directory of a {@link Witness}. */
export interface Witnessed {
  readonly witness: string
  readonly label?: string
}

/** Leaves a testimony; called by handlers. The file is only ever appended to. */
export function testify({ witness, label = '' }: Witnessed, what: string): void {
  const testimony: Testimony = { what, label, pid: process.pid, threadId }
  appendFileSync(join(witness, 'testimonies'), `${JSON.stringify(testimony)}\n`)
}

/** Whether the test has opened a gate; called by handlers that block. */
export function isOpen({ witness }: Witnessed, gate: string): boolean {
  const files = [join(witness, `${gate}.open`), join(witness, 'all.open')]
  // Where handlers cannot be ended, one may come to look when the test is over.
  return files.some((file) => existsSync(file)) || !existsSync(witness)
}

/** Waits until the test opens a gate; called by handlers. */
export async function opened(witnessed: Witnessed, gate: string): Promise<void> {
  while (!isOpen(witnessed, gate)) await sleep(POLL_MS)
}

/** Resolves when a condition holds, and rejects when it does not come to hold at all. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for this: ${what}`)
    await sleep(POLL_MS)
  }
}

/** What a test sees of handlers in other realms, and how it holds them back: files in a directory of its own. */
export class Witness {
  /** Goes into payloads as {@link Witnessed.witness}. */
  readonly directory = mkdtempSync(join(tmpdir(), 'eventlane-witness-'))

  /** Everything said so far, in the order in which it was said. */
  get testimonies(): readonly Testimony[] {
    const file = join(this.directory, 'testimonies')
    if (!existsSync(file)) return []
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as Testimony)
  }

  /** The labels of those who said `what`, in order. */
  labels(what: string): string[] {
    return this.testimonies.flatMap((testimony) => (testimony.what === what ? [testimony.label] : []))
  }

  /** Waits until `count` handlers have said `what`. */
  async heard(what: string, count = 1): Promise<void> {
    await until(() => this.labels(what).length >= count, `${String(count)} handlers say "${what}"`)
  }

  /** Lets the handlers pass that wait for a gate; without a name all gates, for good. */
  open(gate = 'all'): void {
    writeFileSync(join(this.directory, `${gate}.open`), '')
  }

  /** The processes, other than this one, that handlers ran in. */
  get processes(): number[] {
    return [...new Set(this.testimonies.map(({ pid }) => pid))].filter((pid) => pid !== process.pid)
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** Whether there is a process of that id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
