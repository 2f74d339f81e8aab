import type { Comparison, Standing } from './comparison.js'
import { contenders, executorNames, rival } from './contenders.js'
import { formatFindings } from './findings.js'
import { formatCount, formatMs, formatSeconds } from './format.js'
import type { Subject } from './subject.js'
import { formatTable } from './table.js'

/** The report of a comparison: what was found, then all contenders side by side. */
export function formatComparison(
  subject: Subject,
  { run, standings, identical }: Comparison,
  interrupted: boolean,
): string {
  return [
    formatFindings(run, [...subject.unreadable, ...run.failures]),
    standings.length > 0 ? `Side by side, medians of all rounds\n${standingsTable(standings)}` : [],
    standings.length > 0 ? legend(identical) : [],
    interrupted
      ? 'Interrupted: the table has the runs that were complete; what had been emitted was finished.'
      : verdict(standings, subject.workers),
  ]
    .flat()
    .join('\n\n')
}

/** The report of a comparison, for programs. */
export function comparisonAsJson(
  subject: Subject,
  { run, standings, identical }: Comparison,
  interrupted: boolean,
): object {
  const isExecutor = ({ name }: Standing): boolean => name in contenders
  return {
    folder: subject.folder,
    found: subject.found,
    workers: subject.workers,
    interrupted,
    identical,
    executors: Object.fromEntries(standings.filter(isExecutor).map(standingAsJson)),
    rivals: Object.fromEntries(standings.filter((standing) => !isExecutor(standing)).map(standingAsJson)),
    failures: [...subject.unreadable, ...run.failures],
  }
}

function standingAsJson({ name, files, bytes, sha256, seconds, loopDelayP99Ms }: Standing): [string, object] {
  return [name, { files, bytes, sha256, seconds, loopDelayP99Ms }]
}

function standingsTable(standings: readonly Standing[]): string {
  const inline = standings.find(({ name }) => name === contenders.inline.name)
  return formatTable<Standing>(
    [
      { title: 'executor', alignment: 'left', cell: ({ name }) => name },
      { title: 'wall time', alignment: 'right', cell: ({ seconds }) => formatSeconds(seconds) },
      {
        title: 'speed',
        alignment: 'right',
        cell: (standing) => (inline ? formatSpeed(standing, inline) : ''),
      },
      {
        title: 'files/s',
        alignment: 'right',
        cell: ({ files, seconds }) => formatCount(Math.round(files / seconds)),
      },
      { title: 'loop delay p50', alignment: 'right', cell: ({ loopDelayP50Ms }) => formatMs(loopDelayP50Ms) },
      { title: 'p99', alignment: 'right', cell: ({ loopDelayP99Ms }) => formatMs(loopDelayP99Ms) },
      { title: 'start-up', alignment: 'right', cell: ({ startSeconds }) => formatSeconds(startSeconds) },
      { title: 'results', alignment: 'left', cell: ({ sha256 }) => sha256.slice(0, 8) },
    ],
    standings,
  )
}

function legend(identical: boolean): string {
  return [
    '  speed       wall time of inline divided by this one; start-up is not part of it',
    '  loop delay  how late a timer or a request on the main event loop gets its turn; an idle loop counts as 0',
    `  results     ${identical ? 'the beginning of their sha-256: identical in all runs' : 'THEY DIFFER: did files change meanwhile?'}`,
    `  rival       ${rival.name}: zlib.brotliCompress, which has threads of its own, in place of brotliCompressSync`,
  ].join('\n')
}

/** What the pools gain, in words. */
function verdict(standings: readonly Standing[], workers: number): string {
  const [inline, thread, process] = executorNames.map((name) =>
    standings.find((standing) => standing.name === name),
  )
  const gain = (executor: string, pool: Standing | undefined): string[] =>
    inline && pool
      ? [
          `  ${`new ${executor}({ workers: ${workers} })`.padEnd(36)}  ${formatSpeed(pool, inline)} as fast, loop delay p99 ${formatMs(pool.loopDelayP99Ms)} instead of ${formatMs(inline.loopDelayP99Ms)}`,
        ]
      : []
  return [
    'The first three rows differ in nothing but the executor. In place of new InlineExecutor():',
    ...gain('ThreadExecutor', thread),
    ...gain('ProcessExecutor', process),
  ].join('\n')
}

const formatSpeed = ({ seconds }: Standing, inline: Standing): string =>
  `${(inline.seconds / seconds).toFixed(2)}x`
