import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { EventEmitter, EventLinker, type EmissionReport } from 'eventlane'
import type { Contender } from './contenders.js'
import { LoopDelayMonitor, type LoopDelay } from './event-loop-delay.js'
import { FileFound } from './events.js'
import { failureOf, type Failure } from './failure.js'
import { classify, hash, type ClassifiedFile, type CompressedFile, type HashedFile } from './handlers.js'

/** What the handlers say of one file. */
export interface AuditedFile extends HashedFile, CompressedFile, ClassifiedFile {
  /** Relative to the audited folder. */
  readonly path: string
  /** How long its three handlers ran, together. */
  readonly handlersMs: number
}

/** What an audit of a list of files needs to know. */
export interface AuditOptions {
  readonly folder: string
  /** Relative to the folder. */
  readonly files: readonly string[]
  readonly workers: number
  /** What an idle event loop shows. */
  readonly idleLoopMs: number
  /** Stops the emitting when it aborts; what was emitted before is finished. */
  readonly signal: AbortSignal
  readonly onFile: () => void
}

/** An audit that has ended. */
export interface AuditRun {
  /** Sorted by path. */
  readonly files: readonly AuditedFile[]
  /** Sorted by path. */
  readonly failures: readonly Failure[]
  /** From the first emission to the last outcome. */
  readonly seconds: number
  /** Until all workers were up and had imported the handlers; not part of {@link seconds}. */
  readonly startSeconds: number
  readonly loopDelay: LoopDelay
}

/** Enough to keep every worker busy, while the list of files may be as long as it likes. */
export const emissionsInFlight = (workers: number): number => 16 * workers

/** Emits `file.found` for each file and collects what the three handlers return. */
export async function audit(contender: Contender, options: AuditOptions): Promise<AuditRun> {
  const linker = new EventLinker({ name: 'file-audit' })
  linker.on(FileFound, hash)
  linker.on(FileFound, contender.compress)
  linker.on(FileFound, classify)
  await using events = new EventEmitter({ executor: contender.createExecutor(options.workers), linker })

  const begun = performance.now()
  await events.ready()
  const startSeconds = secondsSince(begun)

  const files: AuditedFile[] = []
  const failures: Failure[] = []
  const found = options.files.values()
  const emitFiles = async (): Promise<void> => {
    for (const path of found) {
      if (options.signal.aborted) return
      const report = await events.emit(FileFound, { path: join(options.folder, path) }).settled
      const result = auditedFile(path, report, contender)
      if ('reason' in result) failures.push(result)
      else files.push(result)
      options.onFile()
    }
  }

  const monitor = new LoopDelayMonitor(options.idleLoopMs)
  const started = performance.now()
  await Promise.all(Array.from({ length: emissionsInFlight(options.workers) }, emitFiles))
  const seconds = secondsSince(started)
  const loopDelay = await monitor.stop()
  return { files: files.sort(byPath), failures: failures.sort(byPath), seconds, startSeconds, loopDelay }
}

/** One event, three handlers, one report. */
function auditedFile(path: string, report: EmissionReport, { compress }: Contender): AuditedFile | Failure {
  const hashed = report.of(hash)
  const compressed = report.of(compress)
  const classified = report.of(classify)
  if (
    hashed?.status === 'fulfilled' &&
    compressed?.status === 'fulfilled' &&
    classified?.status === 'fulfilled'
  ) {
    const handlersMs = hashed.runMs + compressed.runMs + classified.runMs
    return { path, ...hashed.value, ...compressed.value, ...classified.value, handlersMs }
  }
  return failureOf(path, report.error?.errors[0]?.cause)
}

function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return one.path < other.path ? -1 : 1
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000
