import { readArguments, type Settings } from './arguments.js'
import { audit, type AuditOptions } from './audit.js'
import { comparisonAsJson, formatComparison } from './comparison-report.js'
import { compare } from './comparison.js'
import { contenders } from './contenders.js'
import { measureIdleLoop } from './event-loop-delay.js'
import { failureOf } from './failure.js'
import { interruption } from './interruption.js'
import { largestFirst } from './largest-first.js'
import { warmPageCache } from './page-cache.js'
import { createProgress, type Progress } from './progress.js'
import { formatRun, formatSubject, runAsJson } from './report.js'
import { sample } from './sample.js'
import type { Subject } from './subject.js'
import { walk } from './walk.js'

const EXIT_DIFFERENT_RESULTS = 1
const EXIT_USAGE = 2
const EXIT_INTERRUPTED = 130

const settings = readArguments(process.argv.slice(2))
process.exitCode = typeof settings === 'number' ? settings : await main(settings)

async function main(settings: Settings): Promise<number> {
  const signal = interruption()
  const subject = await findFiles(settings, signal)
  if (subject === undefined) return EXIT_USAGE
  if (!settings.json) console.log(`${formatSubject(subject)}\n`)

  const progress = createProgress(process.stderr, settings.json)
  const options: AuditOptions = {
    ...subject,
    idleLoopMs: await measureIdleLoop(),
    signal,
    onFile: () => {
      progress.advance()
    },
  }
  const exitCode = await (settings.compare ? runComparison : runAudit)(settings, subject, options, progress)
  return signal.aborted ? EXIT_INTERRUPTED : exitCode
}

/** Walks the folder; where it cannot be read, says so in one line. */
async function findFiles(
  { folder, limit, workers }: Settings,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  try {
    const { files, failures } = await walk(folder, signal)
    const audited = sample(await largestFirst(folder, files), limit)
    return { folder, found: files.length, files: audited, unreadable: failures, workers }
  } catch (error) {
    console.error(`file-audit: cannot read the folder ${folder}: ${failureOf(folder, error).reason}`)
    return undefined
  }
}

async function runAudit(
  settings: Settings,
  subject: Subject,
  options: AuditOptions,
  progress: Progress,
): Promise<number> {
  const { executor, json } = settings
  progress.begin(executor, subject.files.length)
  const run = await audit(contenders[executor], options)
  progress.end(run.seconds)
  if (json) printJson(runAsJson(subject, executor, run, options.signal.aborted))
  else console.log(formatRun(subject, executor, run, options.signal.aborted))
  return 0
}

async function runComparison(
  settings: Settings,
  subject: Subject,
  options: AuditOptions,
  progress: Progress,
): Promise<number> {
  await warmPageCache(options)
  const comparison = await compare(options, settings.rounds, {
    onBegin: (title) => {
      progress.begin(title, subject.files.length)
    },
    onEnd: (run) => {
      progress.end(run.seconds)
    },
  })
  if (settings.json) printJson(comparisonAsJson(subject, comparison, options.signal.aborted))
  else console.log(formatComparison(subject, comparison, options.signal.aborted))
  return comparison.identical ? 0 : EXIT_DIFFERENT_RESULTS
}

function printJson(value: object): void {
  console.log(JSON.stringify(value, undefined, 2))
}
