import { emissionsInFlight, type AuditRun } from './audit.js'
import { BROTLI_QUALITY } from './brotli-options.js'
import { formatFindings } from './findings.js'
import { formatCount, formatMs, formatNumberOf, formatSeconds } from './format.js'
import { resultHash } from './result-hash.js'
import type { Subject } from './subject.js'
import { summarize } from './summary.js'

/** What is about to be done. */
export function formatSubject({ folder, found, files, workers }: Subject): string {
  const share =
    files.length < found ? `; a sample of ${formatCount(files.length)}, spread evenly over their sizes` : ''
  return [
    `Auditing ${folder}`,
    `${formatNumberOf(found, 'file')}${share}, the largest first.`,
    '',
    'Each file is one event, file.found, and each event has three handlers:',
    '  hash        the sha-256 of its content',
    `  compress    its size after brotliCompressSync, quality ${BROTLI_QUALITY}: CPU-bound on purpose`,
    '  classify    text or binary, language, lines',
    `At most ${emissionsInFlight(workers)} events are in flight; a pool has ${formatNumberOf(workers, 'worker')}.`,
  ].join('\n')
}

/** The report of one audit. */
export function formatRun(subject: Subject, executor: string, run: AuditRun, interrupted: boolean): string {
  const { seconds, startSeconds, loopDelay, files } = run
  const settled = files.length + run.failures.length
  const rate = seconds > 0 ? Math.round(settled / seconds) : 0
  return [
    formatFindings(run, [...subject.unreadable, ...run.failures]),
    '',
    `How the run went (executor: ${executor})`,
    `  wall time   ${formatSeconds(seconds)}, ${formatCount(rate)} files/s; before it ${formatSeconds(startSeconds)} to start`,
    `  loop delay  p50 ${formatMs(loopDelay.p50Ms)}, p99 ${formatMs(loopDelay.p99Ms)} on the main event loop, idle delay subtracted`,
    ...(interrupted ? ['', interruption(settled, subject)] : []),
  ].join('\n')
}

/** The report of one audit, for programs. */
export function runAsJson(subject: Subject, executor: string, run: AuditRun, interrupted: boolean): object {
  const { bytes, compressedBytes, textFiles, lines, duplicates, wastedBytes, types, slowest } = summarize(
    run.files,
  )
  return {
    folder: subject.folder,
    found: subject.found,
    executor,
    workers: subject.workers,
    interrupted,
    files: run.files.length,
    bytes,
    sha256: resultHash(run),
    seconds: run.seconds,
    startSeconds: run.startSeconds,
    loopDelayP50Ms: run.loopDelay.p50Ms,
    loopDelayP99Ms: run.loopDelay.p99Ms,
    compressedBytes,
    textFiles,
    lines,
    wastedBytes,
    duplicates,
    types,
    slowest: slowest.slice(0, 10),
    failures: [...subject.unreadable, ...run.failures],
  }
}

/** Said last where Ctrl-C ended the audit early. */
function interruption(settled: number, { files }: Subject): string {
  return `Interrupted: ${formatCount(settled)} of ${formatNumberOf(files.length, 'file')} done; what had been emitted was finished.`
}
