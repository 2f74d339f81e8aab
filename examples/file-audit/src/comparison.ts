import { audit, type AuditOptions, type AuditRun } from './audit.js'
import { contenders, rival, type Contender } from './contenders.js'
import { resultHash } from './result-hash.js'

/** How one contender did; times are the medians of its runs. */
export interface Standing {
  readonly name: string
  readonly files: number
  readonly bytes: number
  /** Of the results. */
  readonly sha256: string
  readonly seconds: number
  readonly startSeconds: number
  readonly loopDelayP50Ms: number
  readonly loopDelayP99Ms: number
}

/** All contenders on the same files. */
export interface Comparison {
  /** Inline, thread, process and the rival, without those that did not get through a run. */
  readonly standings: readonly Standing[]
  /** Whether all runs found the same. */
  readonly identical: boolean
  /** The first run, whose findings stand for all. */
  readonly run: AuditRun
}

/** Is told of each run as it begins and ends. */
export interface ComparisonObserver {
  readonly onBegin: (title: string) => void
  readonly onEnd: (run: AuditRun) => void
}

const lineUp: readonly Contender[] = [...Object.values(contenders), rival]

/**
 * Audits the same files with every contender once a round. Each round begins with another one, so that nobody always has
 * the best place. A run that is interrupted is the last, and no part of the standings.
 */
export async function compare(
  options: AuditOptions,
  rounds: number,
  observer: ComparisonObserver,
): Promise<Comparison> {
  const standings: Standing[] = []
  let first: AuditRun | undefined
  for (const { contender, title } of schedule(rounds)) {
    observer.onBegin(title)
    const run = await audit(contender, options)
    observer.onEnd(run)
    first ??= run
    if (options.signal.aborted) break
    // Only the first run is kept whole: the findings of all would fill the heap that is measured.
    standings.push(standingOf(contender.name, run))
  }
  if (first === undefined) throw new RangeError('a comparison needs at least one round')
  return {
    standings: lineUp.flatMap(({ name }) =>
      medianStanding(standings.filter((standing) => standing.name === name)),
    ),
    identical: new Set(standings.map(({ sha256 }) => sha256)).size <= 1,
    run: first,
  }
}

function schedule(rounds: number): { contender: Contender; title: string }[] {
  return Array.from({ length: rounds }, (_, round) => {
    const begin = round % lineUp.length
    return [...lineUp.slice(begin), ...lineUp.slice(0, begin)].map((contender) => ({
      contender,
      title: `round ${round + 1} of ${rounds}, ${contender.name}`,
    }))
  }).flat()
}

function standingOf(name: string, run: AuditRun): Standing {
  return {
    name,
    files: run.files.length,
    bytes: run.files.reduce((total, { bytes }) => total + bytes, 0),
    sha256: resultHash(run),
    seconds: run.seconds,
    startSeconds: run.startSeconds,
    loopDelayP50Ms: run.loopDelay.p50Ms,
    loopDelayP99Ms: run.loopDelay.p99Ms,
  }
}

/** None for none. */
function medianStanding(standings: readonly Standing[]): Standing[] {
  const median = (figure: (standing: Standing) => number): number => medianOf(standings.map(figure))
  return standings.slice(0, 1).map((first) => ({
    ...first,
    seconds: median(({ seconds }) => seconds),
    startSeconds: median(({ startSeconds }) => startSeconds),
    loopDelayP50Ms: median(({ loopDelayP50Ms }) => loopDelayP50Ms),
    loopDelayP99Ms: median(({ loopDelayP99Ms }) => loopDelayP99Ms),
  }))
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1)
  return middle.reduce((total, value) => total + value, 0) / middle.length
}
